//! PostgreSQL and what runs beside it, as its operator sees them.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::time::timeout;

use boxoffice::client::Client;

use crate::cluster::Cluster;

/// Patroni's and etcd's own ports (examples/cluster/machine).
const PATRONI: u16 = 8008;
const ETCD: u16 = 2379;

/// Has PostgreSQL carry out a statement of SQL, in which VENUE stands for the venue's schema, with the program that operators use.
pub async fn operate(cluster: &Cluster, sql: &str) -> anyhow::Result<()> {
    let (base, query) = cluster.url.split_once('?').context("the book's address names a schema")?;
    let schema = query.split('&').find_map(|pair| pair.strip_prefix("schema=")).context("a schema")?;
    let others: Vec<_> = query.split('&').filter(|pair| !pair.starts_with("schema=")).collect();
    let url = format!("{base}?{}", [others.as_slice(), &["target_session_attrs=read-write"]].concat().join("&"));
    let mut command = Command::new("psql");
    command.args(["-qX", "-v", "ON_ERROR_STOP=1", "-d", &url, "-c", &sql.replace("VENUE", schema)]);
    let done = command.output().await.context("psql")?;
    ensure!(done.status.success(), "psql: {}", String::from_utf8_lossy(&done.stderr));
    Ok(())
}

/// The part that is PostgreSQL's primary.
pub async fn primary(cluster: &Cluster) -> anyhow::Result<String> {
    let parts = cluster.parts("postgres");
    cluster
        .within(Duration::from_secs(60), "PostgreSQL has a primary", async || {
            for (part, node) in parts.iter().zip(&cluster.nodes) {
                if ask(node.address.ip(), PATRONI, "/primary").await.is_some() {
                    return Some(part.clone());
                }
            }
            None
        })
        .await
}

/// Has Patroni make the synchronous standby the primary.
pub async fn switch_over(cluster: &Cluster) -> anyhow::Result<()> {
    let name = primary(cluster).await?.replace("postgres", "hall");
    let ip = cluster.nodes.first().context("a node")?.address.ip();
    let mut patroni = Client::connect(SocketAddr::new(ip, PATRONI)).await?;
    let answer = patroni.post("/switchover", None, &json!({ "leader": name })).await?;
    ensure!(answer.status < 300, "Patroni: {} {}", answer.status, String::from_utf8_lossy(&answer.body));
    Ok(())
}

/// All members are there: each etcd, and each PostgreSQL with one synchronous standby among them.
pub async fn is_whole(cluster: &Cluster) -> bool {
    for (_, node) in cluster.parts("etcd").iter().zip(&cluster.nodes) {
        if ask(node.address.ip(), ETCD, "/health").await.is_none() {
            return false;
        }
    }
    let parts = cluster.parts("postgres");
    for (_, node) in parts.iter().zip(&cluster.nodes) {
        let Some(seen) = ask(node.address.ip(), PATRONI, "/cluster").await else { return false };
        let members = seen["members"].as_array().cloned().unwrap_or_default();
        let is_up = |member: &&Value| matches!(member["state"].as_str(), Some("running" | "streaming"));
        let role = |role: &str| members.iter().filter(is_up).any(|member| member["role"] == role);
        if members.iter().filter(is_up).count() < parts.len() || !role("leader") || !role("sync_standby") {
            return false;
        }
    }
    true
}

async fn ask(ip: IpAddr, port: u16, path: &str) -> Option<Value> {
    let asked = async { Client::connect(SocketAddr::new(ip, port)).await?.get(path, None).await };
    let answer = timeout(Duration::from_secs(3), asked).await.ok()?.ok()?;
    (answer.status == 200).then(|| answer.json())
}
