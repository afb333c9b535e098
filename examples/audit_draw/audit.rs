//! The audit itself: reads a draw from a server and recomputes it.
//!
//! It must not use anything of the server's own code: an audit by the audited proves nothing.

use std::collections::BTreeSet;
use std::error::Error;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Reads a concert's whole draw from a server: all pages as one list, with the hash that the concert itself shows.
///
/// # Errors
/// When the server cannot be reached or says no, for example because the draw has not been made.
pub fn fetch(url: &str, concert: &str) -> Result<Value, Box<dyn Error>> {
    let base = format!("{}/v1/concerts/{concert}", url.trim_end_matches('/'));
    let get = |address: String| -> Result<Value, Box<dyn Error>> {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut response = agent.get(&address).call().map_err(|error| match error {
            ureq::Error::Io(_)
            | ureq::Error::ConnectionFailed
            | ureq::Error::HostNotFound
            | ureq::Error::Timeout(_) => {
                format!("nothing answers at {url} ({error})")
            }
            error => format!("{address}: {error}"),
        })?;
        let body: Value = response.body_mut().read_json()?;
        if response.status().is_success() {
            return Ok(body);
        }
        Err(format!("{address}: {} {}", response.status(), body["title"].as_str().unwrap_or_default()).into())
    };
    let mut draw = get(format!("{base}/queue/draw"))?;
    let mut next = draw["next_cursor"].take();
    while let Some(cursor) = next.as_u64() {
        let mut page = get(format!("{base}/queue/draw?cursor={cursor}"))?;
        next = page["next_cursor"].take();
        if let (Some(all), Some(more)) = (draw["entries"].as_array_mut(), page["entries"].as_array_mut()) {
            all.append(more);
        }
    }
    draw["concert"] = get(base)?["draw"].take();
    Ok(draw)
}

/// Checks a draw as [`fetch`] gives it, and `noted`, a hash of the seed known from before. Gives how many took part.
///
/// # Errors
/// What does not hold.
pub fn audit(draw: &Value, noted: Option<&str>) -> Result<usize, String> {
    let seed = bytes(draw["seed"].as_str().ok_or("there is no seed")?).ok_or("the seed is not hexadecimal")?;
    let hash = hex(&Sha256::digest(&seed));
    let published = [noted, draw["seed_hash"].as_str(), draw["concert"]["seed_hash"].as_str()];
    for claimed in published.into_iter().flatten() {
        if !claimed.eq_ignore_ascii_case(&hash) {
            return Err(format!("the seed's hash is {hash}, but {claimed} was published"));
        }
    }
    if let Some(folded_at) = draw["folded_at"].as_str() {
        return Err(format!("its list was folded at {folded_at}: audit the one that you kept, with --digest"));
    }
    let mut lots = Vec::new();
    let mut ids = BTreeSet::new();
    for entry in draw["entries"].as_array().ok_or("there is no list of entries")? {
        let id = entry["id"].as_str().and_then(|id| Uuid::try_parse(id).ok()).ok_or("an entry has no id")?;
        let tier = entry["tier"].as_u64().ok_or_else(|| format!("entry {id} has no tier"))?;
        let number = entry["number"].as_u64().ok_or_else(|| format!("entry {id} has no number"))?;
        if !ids.insert(id) {
            return Err(format!("entry {id} is listed twice"));
        }
        let mut lot = Hmac::<Sha256>::new_from_slice(&seed).map_err(|error| error.to_string())?;
        lot.update(id.as_bytes());
        lots.push((tier, lot.finalize().into_bytes(), id, number));
    }
    // Tier by tier, each in the order of its lots.
    lots.sort();
    for (place, (.., id, number)) in (1_u64..).zip(&lots) {
        if *number != place {
            return Err(format!("entry {id} has number {number}; seed and list give it {place}"));
        }
    }
    Ok(lots.len())
}

/// The digest of a draw's list, by which a list that was kept is known once the office shows its own no more.
///
/// # Errors
/// What cannot be read.
pub fn digest(draw: &Value) -> Result<String, String> {
    let mut digest = [0; 32];
    for entry in draw["entries"].as_array().ok_or("there is no list of entries")? {
        let number = |name: &str| entry[name].as_u64().ok_or_else(|| format!("an entry has no {name}"));
        let id = entry["id"].as_str().and_then(|id| Uuid::try_parse(id).ok()).ok_or("an entry has no id")?;
        let tier = u8::try_from(number("tier")?).map_err(|error| error.to_string())?;
        let given = u32::try_from(number("number")?).map_err(|error| error.to_string())?;
        let mut hash = Sha256::new();
        hash.update(digest);
        hash.update(id.as_bytes());
        hash.update([tier]);
        hash.update(given.to_be_bytes());
        digest = hash.finalize().into();
    }
    Ok(hex(&digest))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let pairs = hex.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}
