//! Servers under load: processes of their own, on the same cores as the load, as the targets ask.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// The argument that makes this program a bare server of the same framework.
pub const BARE: &str = "serve-bare";

/// A running server; killed when dropped.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// From starting the process to its listening.
    pub start: Duration,
    _out: BufReader<ChildStdout>,
}

impl Server {
    /// The real binary on a data file.
    pub fn boxoffice(data: &Path) -> Result<Self> {
        Self::boxoffice_with(data, "warn")
    }

    /// The real binary with this much log.
    pub fn boxoffice_with(data: &Path, log: &str) -> Result<Self> {
        Self::start(Self::serving(data, log))
    }

    fn serving(data: &Path, log: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_boxoffice"));
        command.arg("serve").arg("--data").arg(data).args(["--listen", "127.0.0.1:0", "--log", log]);
        command.args(["--lift-limits-for", "127.0.0.0/8"]);
        command.env("BOXOFFICE_OPERATOR_KEY", crate::ground::OPERATOR);
        command
    }

    /// The real binary on a data file, through TLS with this certificate.
    pub fn encrypted(data: &Path, certificate: &Path, key: &Path) -> Result<Self> {
        let mut command = Self::serving(data, "warn");
        command.arg("--tls-certificate").arg(certificate).arg("--tls-key").arg(key);
        Self::start(command)
    }

    /// The real binary as a node of a venue on PostgreSQL, with its copy there; on these cores, as `taskset` takes them.
    pub fn node(url: &str, copy: &Path, cores: &str) -> Result<Self> {
        let of_all = Self::serving(Path::new(url), "warn");
        let mut command = Command::new("taskset");
        command.args(["-c", cores]).arg(of_all.get_program()).args(of_all.get_args());
        command.envs(of_all.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.arg("--unreplicated").arg("--copy").arg(copy);
        Self::start(command)
    }

    /// This program as a bare server: one route, one constant JSON.
    pub fn bare() -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(BARE);
        Self::start(command)
    }

    fn start(mut command: Command) -> Result<Self> {
        let started = Instant::now();
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let mut out = BufReader::new(child.stdout.take().context("the child's output")?);
        let mut line = String::new();
        let address = loop {
            line.clear();
            anyhow::ensure!(out.read_line(&mut line)? > 0, "the server ended before it listened");
            let address = |word: &str| word.split_once("://").and_then(|(_, address)| address.parse().ok());
            if let Some(address) = line.split_whitespace().find_map(address) {
                break address;
            }
        };
        Ok(Self { child, address, start: started.elapsed(), _out: out })
    }

    /// Stops it in order and waits for its end.
    pub fn stop(mut self) -> Result<()> {
        Command::new("kill").arg(self.child.id().to_string()).status()?;
        self.child.wait()?;
        Ok(())
    }

    /// A figure of /proc/PID/status in kilobytes, such as `VmRSS` or `RssAnon`.
    pub fn status_kb(&self, name: &str) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|line| line.starts_with(name)).context("no such figure")?;
        line.split_whitespace().nth(1).and_then(|kb| kb.parse().ok()).context("no number")
    }

    /// Files and sockets that it has open.
    pub fn open_files(&self) -> Result<usize> {
        Ok(std::fs::read_dir(format!("/proc/{}/fd", self.child.id()))?.count())
    }

    /// Processor time used so far: by the writer thread, and by all others.
    pub fn cpu(&self) -> Result<Cpu> {
        Cpu::of(self.child.id())
    }
}

/// Seconds of processor time. Steadier than rates while other programs run.
#[derive(Clone, Copy, Default)]
pub struct Cpu {
    pub writer: f64,
    pub others: f64,
}

impl Cpu {
    /// What the living threads of a process have used so far: the writer thread, and all others.
    pub fn of(process: u32) -> Result<Self> {
        let mut cpu = Self::default();
        for task in std::fs::read_dir(format!("/proc/{process}/task"))? {
            let path = task?.path();
            let schedule = std::fs::read_to_string(path.join("schedstat"))?;
            let nanos: f64 = schedule.split(' ').next().and_then(|nanos| nanos.parse().ok()).context("no schedstat")?;
            let is_writer = std::fs::read_to_string(path.join("comm"))?.trim() == "writer";
            *(if is_writer { &mut cpu.writer } else { &mut cpu.others }) += nanos / 1e9;
        }
        Ok(cpu)
    }

    /// The writer and all others together.
    pub fn seconds(self) -> f64 {
        self.writer + self.others
    }

    /// What was used since `earlier`, in microseconds for each of `count`, as `writer + others`.
    pub fn each_since(self, earlier: Self, count: u64) -> String {
        let each = |now: f64, then: f64| (now - then) * 1e6 / count as f64;
        format!("{:.0} + {:.0}", each(self.writer, earlier.writer), each(self.others, earlier.others))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Serves one constant JSON with the framework and nothing else, until killed.
pub fn serve_bare() -> Result<()> {
    use poem::listener::{Acceptor, Listener, TcpListener};
    use poem::{IntoResponse, Response, Route, get};

    const ANSWER: &str = r#"{"user_id":"01a0b0c0-0000-7000-8000-000000000001","concert_id":"01a0b0c0-0000-7000-8000-000000000002","status":"waiting","number":123456,"position":123456,"ahead":123455,"now_serving":1,"queue_state":"open","estimated_wait_seconds":null,"poll_after_ms":30000,"admitted_until":null,"expires_at":"2026-11-24T00:00:00.000Z","reason":null}"#;
    let answer = poem::endpoint::make_sync(|_| {
        Response::builder().content_type("application/json").body(ANSWER).into_response()
    });
    boxoffice::run::runtime()?.block_on(async {
        let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await?;
        let address = acceptor.local_addr().first().and_then(|a| a.as_socket_addr().copied()).context("no address")?;
        println!("http://{address}");
        poem::Server::new_with_acceptor(acceptor).run(Route::new().at("/bare", get(answer))).await?;
        Ok(())
    })
}
