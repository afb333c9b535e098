//! The server that is driven: a throw-away child on a temporary data file, or one that runs already.

use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal};
use serde::Serialize;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::entropy::{Entropy, SystemEntropy};
use crate::rehearse::arguments::Arguments;

/// A server to drive.
pub struct Target {
    /// Where it listens; of a venue with several nodes, each.
    pub addresses: Vec<SocketAddr>,
    /// What the report calls it.
    pub name: String,
    /// Opens the operator's desk.
    pub operator_key: String,
    /// The child, if it is one.
    pub child: Option<ThrowAway>,
}

/// A child server and its temporary folder. Both are gone when this is dropped.
pub struct ThrowAway {
    child: Child,
    folder: PathBuf,
    /// Its data file.
    pub data: PathBuf,
    said: Lines<BufReader<ChildStdout>>,
}

/// What a process has used, as Linux tells it.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Usage {
    /// Processor time so far.
    pub cpu_seconds: Option<f64>,
    /// The most memory it has had.
    pub peak_memory_bytes: Option<u64>,
}

impl Target {
    /// Starts the throw-away server, or finds the named one.
    ///
    /// # Errors
    /// With the remedy.
    pub async fn open(arguments: &Arguments) -> anyhow::Result<Self> {
        if arguments.url.is_empty() {
            let operator_key = format!("op_{}", random_id());
            let (child, address) = ThrowAway::start(arguments, &operator_key).await?;
            let name = "a throw-away server".to_owned();
            return Ok(Self { addresses: vec![address], name, operator_key, child: Some(child) });
        }
        let mut addresses = Vec::new();
        for url in &arguments.url {
            addresses.push(resolve(url).await?);
        }
        Ok(Self {
            addresses,
            name: arguments.url.join(", "),
            operator_key: arguments.operator_key.clone().unwrap_or_default(),
            child: None,
        })
    }

    /// Resolves if the child ends by itself; never for a named server.
    pub async fn died(&mut self) -> anyhow::Error {
        match &mut self.child {
            None => std::future::pending().await,
            Some(child) => match child.child.wait().await {
                Ok(status) => anyhow::anyhow!("the throw-away server ended by itself ({status}){}", child.log_tail()),
                Err(error) => error.into(),
            },
        }
    }

    /// What the server has used, if it is the child.
    pub fn usage(&self) -> Option<Usage> {
        Some(usage(&self.child.as_ref()?.child.id()?.to_string()))
    }
}

fn random_id() -> String {
    let mut bytes = [0; 16];
    SystemEntropy.fill(&mut bytes);
    uuid::Uuid::from_bytes(bytes).simple().to_string()
}

async fn resolve(url: &str) -> anyhow::Result<SocketAddr> {
    let Some(rest) = url.strip_prefix("http://") else {
        bail!(
            "--url {url}: the drill speaks plain http; name the address behind the proxy, such as http://127.0.0.1:8080"
        );
    };
    let host = rest.trim_end_matches('/');
    if host.is_empty() || host.contains('/') {
        bail!("--url {url}: only http://HOST:PORT, without a path");
    }
    let with_port = if host.rsplit(':').next().is_some_and(|port| port.parse::<u16>().is_ok()) {
        host.to_owned()
    } else {
        format!("{host}:80")
    };
    let mut found = tokio::net::lookup_host(&with_port).await.with_context(|| format!("--url {url}"))?;
    found.next().with_context(|| format!("--url {url}: no such host"))
}

impl ThrowAway {
    async fn start(arguments: &Arguments, operator_key: &str) -> anyhow::Result<(Self, SocketAddr)> {
        let folder = std::env::temp_dir().join(format!("boxoffice-rehearse-{}", random_id()));
        std::fs::DirBuilder::new().mode(0o700).create(&folder).with_context(|| format!("{}", folder.display()))?;
        let data = folder.join("boxoffice.db");
        let log = std::fs::File::create(folder.join("server.log"))?;
        let mut command = Command::new(std::env::current_exe()?);
        // Every setting that the environment could change is given: the drill is the same everywhere.
        command.arg("serve").arg("--data").arg(&data).args(["--listen", "127.0.0.1:0", "--top-up-by", "buyers"]);
        command.args(["--hold-seconds", &arguments.hold_seconds.to_string()]);
        command.args(["--admission-seconds", &ADMISSION_SECONDS.to_string(), "--seats-per-user", "4"]);
        command.args(["--venue-name", "Rehearsal", "--languages", "en", "--time-zone", "UTC", "--currency", "KRW"]);
        command.args(["--largest-top-up", "10000000000", "--token-seconds", "86400"]);
        // The crowd comes from one address, and some of it comes again and again.
        command.args(["--lift-limits-for", "127.0.0.1"]);
        command.args(["--log", "warn", "--log-format", "text"]);
        command.env("BOXOFFICE_OPERATOR_KEY", operator_key);
        // A group of its own: Ctrl-C reaches the drill alone, which then stops the server in order.
        command.process_group(0).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().context("starting the throw-away server")?;
        let stdout = child.stdout.take().context("the throw-away server's output")?;
        let mut started = Self { child, folder, data, said: BufReader::new(stdout).lines() };
        match tokio::time::timeout(Duration::from_secs(30), started.address()).await.ok().flatten() {
            Some(address) => Ok((started, address)),
            None => bail!("the throw-away server did not start{}", started.log_tail()),
        }
    }

    /// Where it says it listens, among the lines of its start.
    async fn address(&mut self) -> Option<SocketAddr> {
        while let Ok(Some(line)) = self.said.next_line().await {
            if let Some(address) = address_in(&line) {
                return Some(address);
            }
        }
        None
    }

    fn log_tail(&self) -> String {
        let log = std::fs::read_to_string(self.folder.join("server.log")).unwrap_or_default();
        let lines: Vec<_> = log.lines().rev().take(5).collect();
        if lines.is_empty() {
            String::new()
        } else {
            format!(": {}", lines.into_iter().rev().collect::<Vec<_>>().join("; "))
        }
    }

    /// Asks the server to stop and waits until it has; kills it if it does not.
    ///
    /// # Errors
    /// When it could not be asked.
    pub async fn stop(&mut self) -> anyhow::Result<ExitStatus> {
        if let Some(id) = self.child.id()
            && let Some(pid) = i32::try_from(id).ok().and_then(Pid::from_raw)
        {
            // Only this child, by its id.
            rustix::process::kill_process(pid, Signal::TERM)?;
        }
        match tokio::time::timeout(Duration::from_secs(30), self.child.wait()).await {
            Ok(status) => Ok(status?),
            Err(_) => {
                self.child.kill().await?;
                bail!("the throw-away server did not stop in time and was killed")
            }
        }
    }

    /// Leaves the folder where it is, for whoever wants to look.
    pub fn keep_folder(&mut self) -> PathBuf {
        std::mem::take(&mut self.folder)
    }
}

impl Drop for ThrowAway {
    fn drop(&mut self) {
        if !self.folder.as_os_str().is_empty() {
            let _ = self.child.start_kill();
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// Longer than the longest time between two polls: nobody's turn ends before they know of it.
const ADMISSION_SECONDS: u32 = 60;

fn address_in(line: &str) -> Option<SocketAddr> {
    let rest = &line[line.find("http://")? + "http://".len()..];
    rest.split(|c: char| c.is_whitespace() || c == '/').next()?.parse().ok()
}

/// What a process (an id, or `self`) has used.
pub fn usage(process: &str) -> Usage {
    let read = |what: &str| std::fs::read_to_string(Path::new("/proc").join(process).join(what)).ok();
    // Fields 14 and 15 of stat, after the name in brackets: ticks of 1/100 s.
    let cpu = read("stat").and_then(|stat| {
        let after_name = stat.rsplit(')').next()?.to_owned();
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        Some((fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?) / 100.0)
    });
    let peak = read("status").and_then(|status| {
        let line = status.lines().find(|line| line.starts_with("VmHWM:"))?.to_owned();
        Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024)
    });
    Usage { cpu_seconds: cpu, peak_memory_bytes: peak }
}

#[cfg(test)]
mod tests {
    use super::address_in;

    #[test]
    fn the_address_is_found_in_what_a_server_says() {
        let line = "boxoffice serves /tmp/x.db on http://127.0.0.1:40123 (docs: http://127.0.0.1:40123/docs)";
        assert_eq!(address_in(line).map(|address| address.port()), Some(40123));
        assert_eq!(address_in("operator key: op_1"), None);
    }
}
