//! Under a service manager: it is told when the office listens, and while it lives.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use crate::support::{Folder, Server, serve_command};

/// The next thing that it says.
fn told(manager: &UnixDatagram) -> String {
    let mut message = [0; 256];
    let length = manager.recv(&mut message).expect("it speaks in time");
    String::from_utf8_lossy(&message[..length]).trim_end().to_owned()
}

#[test]
fn systemd_hears_that_it_is_ready_and_then_that_it_lives() {
    let folder = Folder::new();
    let socket = folder.path("notify");
    let manager = UnixDatagram::bind(&socket).expect("a socket");
    manager.set_read_timeout(Some(Duration::from_secs(60))).expect("a deadline");
    let mut command = serve_command(&folder.data());
    command.env("NOTIFY_SOCKET", &socket).env("WATCHDOG_USEC", "100000");
    let server = Server::start(command);
    // Whichever comes first: the watchdog looks at the writer, which listens to nobody.
    let mut heard = Vec::new();
    while !(heard.contains(&"READY=1".to_owned()) && heard.iter().filter(|one| *one == "WATCHDOG=1").count() > 1) {
        heard.push(told(&manager));
    }
    server.stop();
}

#[test]
fn an_interval_that_makes_no_sense_is_refused_with_what_does() {
    for every in ["0s", "59s", "25h", "soon", "-15m", ""] {
        let ran = crate::support::run(&["serve", "--backup-to", "backups", &format!("--backup-every={every}")]);
        assert_eq!(ran.code, Some(2), "{every}: {}", ran.err);
        assert!(ran.err.contains("from a minute to a day"), "{every}: {}", ran.err);
        let ran = crate::support::run(&["serve", &format!("--verify-every={every}")]);
        assert!(ran.code == Some(2) && ran.err.contains("or never"), "{every}: {}", ran.err);
    }
}
