//! A cluster in a folder, as `examples/cluster/up` laid it out: its parts by name, each with the id of its process.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};
use tokio::time::{Instant, sleep, timeout};

use boxoffice::client::Client;
use boxoffice::store::book::Address;

/// A cluster.
pub struct Cluster {
    folder: PathBuf,
    /// Where buyers go.
    pub addresses: Vec<SocketAddr>,
    /// The nodes.
    pub nodes: Vec<Node>,
    /// The book's address, as it is written.
    pub url: String,
    /// The same.
    pub book: Address,
    pub operator_key: String,
}

/// One node.
pub struct Node {
    /// Its part's name.
    pub part: String,
    pub address: SocketAddr,
}

/// How long a node may take for a word about itself.
const WORD_WITHIN: Duration = Duration::from_secs(2);

impl Cluster {
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        let folder = folder.canonicalize().with_context(|| format!("{}", folder.display()))?;
        let read = |name: &str| {
            let path = folder.join(name);
            let text = std::fs::read_to_string(&path)
                .with_context(|| format!("{}: examples/cluster/up makes it when the cluster is up", path.display()))?;
            Ok::<_, anyhow::Error>(text.trim().to_owned())
        };
        let addresses = |name: &str| {
            let all = read(name)?;
            let all = all.lines().map(|line| line.trim_start_matches("http://").parse::<SocketAddr>());
            Ok::<_, anyhow::Error>(all.collect::<Result<Vec<_>, _>>()?)
        };
        let nodes = addresses("nodes")?.into_iter().enumerate();
        let nodes = nodes.map(|(at, address)| Node { part: format!("office{}", at + 1), address }).collect();
        let url = read("book")?;
        let book = Address::parse(Path::new(&url))?.context("the book's address")?;
        let (addresses, operator_key) = (addresses("addresses")?, read("operator-key")?);
        Ok(Self { addresses, nodes, url, book, operator_key, folder })
    }

    pub fn addresses_said(&self) -> String {
        self.addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }

    /// The parts of this kind, such as `etcd`.
    pub fn parts(&self, kind: &str) -> Vec<String> {
        let names = (1..=3).map(|n| format!("{kind}{n}"));
        names.filter(|name| self.folder.join("parts").join(name).is_dir()).collect()
    }

    pub fn path(&self, part: &str, file: &str) -> PathBuf {
        self.folder.join("parts").join(part).join(file)
    }

    /// The id of a part's process, if it runs.
    pub fn id(&self, part: &str) -> Option<i32> {
        self.id_in(part, "pid")
    }

    fn id_in(&self, part: &str, file: &str) -> Option<i32> {
        let text = std::fs::read_to_string(self.path(part, file)).ok()?;
        let id: i32 = text.lines().next()?.trim().parse().ok()?;
        // An id may have become another's.
        let at = std::fs::read_link(format!("/proc/{id}/cwd")).ok()?;
        at.starts_with(self.path(part, "")).then_some(id)
    }

    pub fn signal(&self, part: &str, signal: Signal) -> anyhow::Result<()> {
        let id = self.id(part).with_context(|| format!("{part} does not run"))?;
        send(id, signal)
    }

    /// Kills a part and all that it started, and keeps it from being started again: its machine is gone.
    pub fn kill(&self, part: &str) -> anyhow::Result<()> {
        std::fs::write(self.path(part, "away"), "")?;
        let here = self.path(part, "");
        // What works in the part's folder, but who keeps it running.
        let keeper = self.id_in(part, "keeper");
        for process in std::fs::read_dir("/proc")? {
            let process = process?;
            let Some(id) = process.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else { continue };
            let is_of_it = std::fs::read_link(process.path().join("cwd")).is_ok_and(|at| at.starts_with(&here));
            if is_of_it && Some(id) != keeper {
                // It may have ended with the one before.
                let _ = send(id, Signal::KILL);
            }
        }
        Ok(())
    }

    /// Lets a part be started again.
    pub fn bring_back(&self, part: &str) -> anyhow::Result<()> {
        match std::fs::remove_file(self.path(part, "away")) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// The node that leads.
    pub async fn leader(&self) -> anyhow::Result<&Node> {
        self.within(Duration::from_secs(90), "a node leads", async || {
            for node in &self.nodes {
                if node.leads().await {
                    return Some(node);
                }
            }
            None
        })
        .await
    }

    /// Looks until there is something, for so long.
    pub async fn within<T>(
        &self,
        most: Duration,
        what: &str,
        mut look: impl AsyncFnMut() -> Option<T>,
    ) -> anyhow::Result<T> {
        let end = Instant::now() + most;
        loop {
            if let Some(found) = look().await {
                return Ok(found);
            }
            if Instant::now() > end {
                bail!("not within {} s: {what}", most.as_secs());
            }
            sleep(Duration::from_millis(200)).await;
        }
    }
}

fn send(id: i32, signal: Signal) -> anyhow::Result<()> {
    kill_process(Pid::from_raw(id).context("an id")?, signal).with_context(|| format!("{signal:?} to {id}"))
}

impl Node {
    /// Does it say that it leads? Of nodes that do not tell, only the one that leads is ready.
    pub async fn leads(&self) -> bool {
        match self.status("/healthz/leader").await {
            Some(404) => self.is_ready().await,
            status => status == Some(200),
        }
    }

    pub async fn is_ready(&self) -> bool {
        self.status("/readyz").await == Some(200)
    }

    async fn status(&self, path: &str) -> Option<u16> {
        let asked = async { Client::connect(self.address).await?.get(path, None).await };
        timeout(WORD_WITHIN, asked).await.ok()?.ok().map(|answer| answer.status)
    }
}
