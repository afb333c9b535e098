//! The web pages as a browser gets them: guarded, compressed, kept for ever under an address that names the version.

use crate::support::{RawAnswer, Server};

async fn get(server: &Server, path: &str, headers: &str) -> RawAnswer {
    let mut connection = server.connect().await;
    connection.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n").as_bytes()).await;
    connection.answer().await
}

/// The addresses that the first page names.
async fn named(server: &Server) -> Vec<String> {
    let page = get(server, "/", "").await;
    let text = String::from_utf8(page.body).expect("UTF-8");
    let mut named: Vec<_> =
        text.split('"').filter(|text| text.starts_with("web/")).map(|path| format!("/{path}")).collect();
    named.sort();
    assert!(named.len() >= 4, "{text}");
    named
}

#[tokio::test]
async fn the_first_page_lets_a_browser_refuse_what_is_not_ours() {
    let server = Server::with_limits(|_| {}).await;
    let page = get(&server, "/", "").await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    page.is_guarded();
    let policy = page.header("content-security-policy").expect("a policy");
    for part in [
        "default-src 'none'",
        "script-src 'self';",
        "style-src 'self';",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    ] {
        assert!(policy.contains(part), "{part} is not in {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    // A demonstration alone shows who one can be.
    assert!(!String::from_utf8_lossy(&page.body).contains("boxoffice-guide"));
    // It is asked for each time, and comes again only if it changed.
    assert_eq!(page.header("cache-control"), Some("no-cache"));
    let tag = page.header("etag").expect("a tag").to_owned();
    let again = get(&server, "/", &format!("If-None-Match: {tag}\r\n")).await;
    assert_eq!((again.status, again.body.len()), (304, 0));
}

#[tokio::test]
async fn files_are_kept_for_ever_by_their_versions_address() {
    let server = Server::with_limits(|_| {}).await;
    for path in named(&server).await {
        let plain = get(&server, &path, "").await;
        assert_eq!(plain.status, 200, "{path}");
        assert_eq!(plain.header("cache-control"), Some("public, max-age=31536000, immutable"), "{path}");
        plain.is_guarded();
        let kind = if path.ends_with(".js") { "text/javascript; charset=utf-8" } else { "text/css; charset=utf-8" };
        assert_eq!(plain.header("content-type"), Some(kind), "{path}");
        let zipped = get(&server, &path, "Accept-Encoding: gzip\r\n").await;
        assert_eq!(zipped.header("content-encoding"), Some("gzip"), "{path}");
        assert!(zipped.body.len() < plain.body.len(), "{path}");
        assert_ne!(zipped.header("etag"), plain.header("etag"), "{path}");
    }
}

#[tokio::test]
async fn another_version_is_no_file_of_this_one() {
    let server = Server::with_limits(|_| {}).await;
    let path = named(&server).await.pop().expect("an address");
    let version = path.split('/').nth(2).expect("a version");
    let older = path.replace(version, "00000000000000000000");
    get(&server, &older, "").await.refuses(404, "not_found");
    for odd in ["buyer/none.js", "../mod.rs", "%2e%2e/mod.rs", "buyer/", "", "types/schema.d.ts"] {
        let answer = get(&server, &format!("/web/{version}/{odd}"), "").await;
        assert_eq!(answer.status, 404, "{odd}");
    }
}

/// What a phone loads for the waiting room, all of it: 60 kB at most.
#[tokio::test]
async fn the_waiting_room_is_small() {
    let server = Server::with_limits(|_| {}).await;
    let mut wanted = named(&server).await;
    let version = wanted[0].split('/').nth(2).expect("a version").to_owned();
    wanted.push(format!("/web/{version}/buyer/waiting.js"));
    let (mut seen, mut bytes) = (Vec::<String>::new(), get(&server, "/", "Accept-Encoding: gzip\r\n").await.body.len());
    while let Some(path) = wanted.pop() {
        if seen.contains(&path) {
            continue;
        }
        bytes += get(&server, &path, "Accept-Encoding: gzip\r\n").await.body.len();
        let text = String::from_utf8(get(&server, &path, "").await.body).expect("UTF-8");
        let folder = path.rsplit_once('/').expect("a folder").0;
        for line in text.lines().filter(|line| line.starts_with("import ")) {
            let address = line.split('\'').nth(1).expect("an address");
            wanted.push(resolved(folder, address));
        }
        seen.push(path);
    }
    println!("{} files, {bytes} bytes", seen.len());
    assert!(seen.len() > 10 && bytes <= 60_000, "{} files, {bytes} bytes", seen.len());
}

/// An address as seen from a folder.
fn resolved(folder: &str, address: &str) -> String {
    let mut parts: Vec<_> = folder.split('/').collect();
    for part in address.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// What the data file says of the venue's looks is what buyers see.
#[tokio::test]
async fn the_venues_colour_and_picture_come_from_its_data() {
    let server = Server::with(|_| {}, |config| config.operator_key = Some(OPERATOR.to_owned())).await;
    assert_eq!(get(&server, "/brand.css", "").await.body.len(), 0);
    get(&server, "/logo", "").await.refuses(404, "not_found");

    let picture = r#"<svg xmlns="http://www.w3.org/2000/svg"/>"#;
    let logo = format!("data:image/svg+xml;base64,{}", data_encoding::BASE64.encode(picture.as_bytes()));
    let body = serde_json::json!({"accent": "#7a0019", "logo": logo, "welcome": {"ko": "환영합니다"}}).to_string();
    let mut connection = server.connect().await;
    let head = format!(
        "PATCH /v1/operator/venue HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {OPERATOR}\r\nContent-Type: \
         application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    connection.send(format!("{head}{body}").as_bytes()).await;
    let changed = connection.answer().await;
    assert_eq!((changed.status, &changed.json()["logo"]), (200, &serde_json::json!("/logo")));

    let style = String::from_utf8(get(&server, "/brand.css", "").await.body).expect("UTF-8");
    assert!(style.contains("--brand: #7a0019;") && style.contains("prefers-color-scheme: dark"), "{style}");
    let shown = get(&server, "/logo", "").await;
    assert_eq!((shown.header("content-type"), &shown.body[..]), (Some("image/svg+xml"), picture.as_bytes()));
    assert!(shown.header("content-security-policy").is_some_and(|policy| policy.contains("sandbox")));
    let venue = get(&server, "/v1/venue", "").await.json();
    assert_eq!((&venue["accent"], &venue["welcome"]["ko"]), (&"#7a0019".into(), &"환영합니다".into()));
}

const OPERATOR: &str = "op_0123456789abcdefghijklmnop";
