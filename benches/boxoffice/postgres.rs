//! PostgreSQL for the benches: throw-away servers from the machine's packages, each on a socket in a folder of its own, taken down when
//! dropped. Their settings are PostgreSQL's own: every commit is synced.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use tempfile::TempDir;

/// A running server.
pub struct Postgres {
    folder: PathBuf,
    server: Child,
    _folder: TempDir,
}

impl Postgres {
    /// An empty one.
    pub fn start() -> Result<Self> {
        let place = place()?;
        let mut init = as_postgres(&tool("initdb")?);
        checked(init.args(["-A", "trust", "-U", "bench", "-E", "UTF8", "-D"]).arg(place.path().join("data")))?;
        Self::serve(place)
    }

    /// A standby, which has all that this one has and follows it.
    pub fn standby(&self) -> Result<Self> {
        let place = place()?;
        let mut copy = as_postgres(&tool("pg_basebackup")?);
        copy.args(["-c", "fast", "-R", "-U", "bench", "-h"]).arg(&self.folder);
        checked(copy.arg("-D").arg(place.path().join("data")))?;
        Self::serve(place)
    }

    fn serve(place: TempDir) -> Result<Self> {
        let folder = place.path().to_owned();
        let server = as_postgres(&tool("postgres")?)
            .args(["-c", "listen_addresses=", "-c", "max_connections=200", "-D"])
            .arg(folder.join("data"))
            .arg("-k")
            .arg(&folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let postgres = Self { folder, server, _folder: place };
        postgres.until("the server answers", "SELECT 1")?;
        Ok(postgres)
    }

    /// From now on each commit waits for the standby: until it is synced there (`on`), or until it can be read there
    /// (`remote_apply`).
    pub fn be_strict(&self, synchronous_commit: &str) -> Result<()> {
        self.sql("ALTER SYSTEM SET synchronous_standby_names = '*'")?;
        self.sql(&format!("ALTER SYSTEM SET synchronous_commit = '{synchronous_commit}'"))?;
        self.sql("SELECT pg_reload_conf()")?;
        let is_so = format!("current_setting('synchronous_commit') = '{synchronous_commit}'");
        let waits = "EXISTS (SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync')";
        self.until("a synchronous standby", &format!("SELECT 1 WHERE {is_so} AND {waits}"))
    }

    /// Where a venue of this name is, as the box office takes it.
    pub fn url(&self, schema: &str) -> String {
        let socket = self.folder.display().to_string().replace('/', "%2F");
        format!("postgres://bench@{socket}/postgres?schema={schema}")
    }

    /// One of PostgreSQL's own programs on the path, as this server's client.
    pub fn client(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.arg("-h").arg(&self.folder).args(["-U", "bench"]);
        command
    }

    /// What a statement answers, as bare text.
    pub fn sql(&self, sql: &str) -> Result<String> {
        Ok(checked(self.client("psql").args(["-qXAt", "-d", "postgres", "-c", sql]))?.trim().to_owned())
    }

    /// Waits until a statement answers 1.
    fn until(&self, what: &str, sql: &str) -> Result<()> {
        for _ in 0..400 {
            if self.sql(sql).is_ok_and(|answer| answer == "1") {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        anyhow::bail!("PostgreSQL: {what}: not in time")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // An immediate stop; it is thrown away.
        let _ = Command::new("kill").args(["-QUIT", &self.server.id().to_string()]).status();
        let _ = self.server.wait();
    }
}

/// What a program says, if it succeeds.
pub fn checked(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("{program} cannot be run"))?;
    anyhow::ensure!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A folder that the server may write.
fn place() -> Result<TempDir> {
    let place = tempfile::tempdir()?;
    if is_root() {
        // PostgreSQL refuses to run as root.
        checked(Command::new("chown").arg("postgres").arg(place.path()))?;
    }
    Ok(place)
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|meta| std::os::unix::fs::MetadataExt::uid(&meta) == 0)
}

fn as_postgres(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "postgres", "--regid", "postgres", "--clear-groups"]).arg(program);
    command
}

/// A program of the server, which Debian keeps out of the path.
fn tool(name: &str) -> Result<PathBuf> {
    let mut versions: Vec<_> = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().collect();
    versions.sort_by_key(std::fs::DirEntry::file_name);
    let of_debian = versions.last().map(|version| version.path().join("bin").join(name));
    let found = of_debian.into_iter().chain([Path::new("/usr/local/bin").join(name)]).find(|path| path.exists());
    found.with_context(|| format!("{name} is not installed: apt-get install postgresql"))
}
