//! A future polled by hand, once for each time that it was woken: a test can stop it at every await, do something else
//! meanwhile, or drop it there.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// Whoever is not woken within this time never will be.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Default)]
struct Bell {
    rung: Mutex<bool>,
    rings: Condvar,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        *self.rung.lock().unwrap() = true;
        self.rings.notify_all();
    }
}

/// A future and its bell.
pub struct ByHand<T> {
    future: Pin<Box<dyn Future<Output = T>>>,
    bell: Arc<Bell>,
}

impl<T> ByHand<T> {
    /// Not polled yet. To be used inside a runtime's context.
    pub fn new(future: impl Future<Output = T> + 'static) -> Self {
        Self { future: Box::pin(future), bell: Arc::default() }
    }

    /// Polls once.
    pub fn poll(&mut self) -> Option<T> {
        *self.bell.rung.lock().unwrap() = false;
        let waker = Waker::from(self.bell.clone());
        match self.future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        }
    }

    /// Waits until it has been woken since the last poll. False when that does not come.
    pub fn woken_within(&self, patience: Duration) -> bool {
        let rung = self.bell.rung.lock().unwrap();
        *self.bell.rings.wait_timeout_while(rung, patience, |rung| !*rung).unwrap().0
    }

    /// Polls `polls` times, each but the first when it was woken. Gives the output if it came.
    pub fn polls(&mut self, polls: usize) -> Option<T> {
        for poll in 0..polls {
            if poll > 0 {
                assert!(self.woken_within(PATIENCE), "nobody wakes it after poll {poll}");
            }
            let output = self.poll();
            if output.is_some() {
                return output;
            }
        }
        None
    }
}
