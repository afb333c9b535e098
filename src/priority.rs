//! Which of the process's threads goes first where all want a core. It changes when something runs, never what it does.

/// Before all that says nothing about it.
const FIRST: i32 = -10;
/// The lowest priority that Linux knows.
const LAST: i32 = 19;

/// Puts this thread before the others, and the threads that it will make. Gives whether the system lets it: root's may, others by
/// a limit (`LimitNICE=-10` in systemd's unit). Where it does not, nothing changes.
pub(crate) fn raise() -> bool {
    set(FIRST)
}

/// Puts this thread behind all others, and the threads that it will make. It cannot be taken back.
pub(crate) fn give_up() {
    set(LAST);
}

fn set(nice: i32) -> bool {
    rustix::process::setpriority_process(Some(rustix::thread::gettid()), nice).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
        std::thread::spawn(work).join().expect("it ends")
    }

    fn nice() -> i32 {
        rustix::process::getpriority_process(Some(rustix::thread::gettid())).expect("a thread knows its priority")
    }

    #[test]
    fn a_thread_is_raised_as_far_as_the_system_lets_it_and_no_other_with_it() {
        let before = nice();
        let (is_raised, raised) = on_a_thread(|| (raise(), nice()));
        assert_eq!(raised, if is_raised { FIRST } else { before });
        assert_eq!(nice(), before);
    }

    #[test]
    fn a_thread_that_gives_up_comes_last() {
        assert_eq!(
            on_a_thread(|| {
                give_up();
                nice()
            }),
            LAST
        );
    }
}
