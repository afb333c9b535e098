//! Headers that decide something: the language of a refusal, the version a change is meant for, whose share is spent.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::LazyLock;

use boxoffice::config::Config;
use boxoffice::demo;
use boxoffice::http::caller::client_address;
use boxoffice::http::language::Asked;
use boxoffice::http::version::{Expected, etag};
use boxoffice::ids::Seq;
use poem::Addr;
use poem::http::{HeaderMap, HeaderValue, header};
use poem_openapi::param::Header;

use super::input::Input;

pub fn law(bytes: &[u8]) {
    let mut input = Input(bytes);
    let of = input.byte();
    match of % 3 {
        0 => languages(input),
        1 => versions(input),
        _ => clients(input),
    }
}

fn headers(name: header::HeaderName, lines: &[&[u8]]) -> HeaderMap {
    let values = lines.iter().filter_map(|line| HeaderValue::from_bytes(line).ok());
    values.map(|value| (name.clone(), value)).collect()
}

/// Lines are one list; case, blanks and languages that nobody speaks here decide nothing.
fn languages(mut input: Input<'_>) {
    let lines = [input.line(), input.line(), input.line()];
    let Ok(texts) = lines.map(std::str::from_utf8).into_iter().collect::<Result<Vec<_>, _>>() else { return };
    if !texts.iter().all(|text| text.bytes().all(|byte| (0x20..0x7f).contains(&byte))) {
        return;
    }
    let asked = |lines: &[&[u8]]| Asked::of(&headers(header::ACCEPT_LANGUAGE, lines)).language();
    let wanted = asked(&lines);
    let same = [
        texts.join(","),
        texts.join(" , ,"),
        texts.join(",").to_ascii_uppercase(),
        format!("fr;q=0.7,{}", texts.join(",")),
        texts.join(",").replace(',', " ,\t"),
    ];
    for same in same {
        assert_eq!(asked(&[same.as_bytes()]), wanted, "{same:?} for {texts:?}");
    }
}

/// A change is meant for a version where its tag stands in the list, strongly, or a star does.
fn versions(mut input: Input<'_>) {
    let seq = Seq(input.i64().rem_euclid(1_000));
    let Some(list) = input.text() else { return };
    let fits = Expected::new(Header(Some(list.to_owned()))).check(seq).is_ok();
    let is_listed = list.split(',').map(str::trim).any(|tag| tag == "*" || tag == etag(seq));
    assert_eq!(fits, is_listed, "{list:?} for {seq:?}");
    if fits && !list.contains('*') {
        assert!(Expected::new(Header(Some(list.to_owned()))).check(Seq(seq.0 + 1_000)).is_err() || list.contains(','));
    }
    assert!(Expected::new(Header(None)).check(seq).is_ok());
    assert!(Expected::new(Header(Some(format!("{list}, {}", etag(seq))))).check(seq).is_ok());
}

static BEHIND: LazyLock<Config> = LazyLock::new(|| {
    let mut config = demo::config(Path::new("nowhere.db"), ([127, 0, 0, 1], 0).into());
    config.trusted_proxy = vec!["10.0.0.0/8".parse().expect("a network")];
    config
});

/// The last hop that is no proxy of ours counts; whatever was written before it is nobody's.
fn clients(mut input: Input<'_>) {
    let peer: IpAddr = Ipv4Addr::from(input.bytes::<4>()).into();
    let lines = [input.line(), input.line()];
    let of = |lines: &[&[u8]]| {
        let remote = Addr::SocketAddr(SocketAddr::new(peer, 1));
        client_address(&BEHIND, &remote, &headers(header::HeaderName::from_static("x-forwarded-for"), lines))
    };
    let client = of(&lines);
    if !BEHIND.is_proxy(peer) {
        assert_eq!(client, peer, "whoever is no proxy of ours says nothing");
    } else if !BEHIND.is_proxy(client) {
        let [first, second] = lines;
        let spoofed = [b"203.0.113.9", first, second];
        assert_eq!(of(&spoofed), client, "what stands before it changes nothing");
        let told = lines.iter().any(|line| String::from_utf8_lossy(line).split(',').any(|hop| names(hop, client)));
        assert!(told, "nobody named {client}");
    }
}

/// Whether a hop names this address, with a port or without.
fn names(hop: &str, address: IpAddr) -> bool {
    let hop = hop.trim();
    let plain = hop.parse::<IpAddr>().ok().or_else(|| Some(hop.parse::<SocketAddr>().ok()?.ip()));
    plain.is_some_and(|plain| plain.to_canonical() == address)
}
