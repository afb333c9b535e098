//! Every flag can also be set by the environment, and a flag wins over it.

use boxoffice::client::Ask;
use serde_json::{Value, json};

use crate::support::{Folder, Server, as_text, boxoffice, run, text};

/// Each setting with a value that is not its default, so that its effect can be told from the default's.
const SETTINGS: &[(&str, &str)] = &[
    ("BOXOFFICE_LISTEN", "127.0.0.1:0"),
    ("BOXOFFICE_ALLOW_ORIGIN", "https://one.example,https://two.example"),
    ("BOXOFFICE_OPERATOR_KEY", "op_said_by_the_environment"),
    ("BOXOFFICE_VENUE_NAME", "Saal"),
    ("BOXOFFICE_LANGUAGES", "de,en"),
    ("BOXOFFICE_TIME_ZONE", "Europe/Berlin"),
    ("BOXOFFICE_LARGEST_TOP_UP", "500"),
    ("BOXOFFICE_TOKEN_SECONDS", "7200"),
    ("BOXOFFICE_CURRENCY", "EUR"),
    ("BOXOFFICE_TOP_UP_BY", "operator"),
    ("BOXOFFICE_ADMISSION_SECONDS", "77"),
    ("BOXOFFICE_HOLD_SECONDS", "33"),
    ("BOXOFFICE_SEATS_PER_USER", "2"),
    ("BOXOFFICE_METRICS_LISTEN", "127.0.0.1:0"),
    ("BOXOFFICE_OTLP", "http://127.0.0.1:9/of/ours"),
    ("BOXOFFICE_OTLP_SHARE", "0.25"),
    ("BOXOFFICE_BEHIND_PROXY", "true"),
    ("BOXOFFICE_TRUSTED_PROXY", "192.0.2.7,192.0.2.8"),
    ("BOXOFFICE_LIFT_LIMITS_FOR", "198.51.100.0/24"),
    ("BOXOFFICE_BACKUP_TO", "backups"),
    ("BOXOFFICE_BACKUP_EVERY", "1h"),
    ("BOXOFFICE_BACKUP_KEEP_DAYS", "3"),
    ("BOXOFFICE_VERIFY_EVERY", "never"),
    ("BOXOFFICE_SMTP", "smtp://127.0.0.1:9"),
    ("BOXOFFICE_MAIL_FROM", "Saal <karten@saal.example>"),
    ("BOXOFFICE_PUBLIC_URL", "https://saal.example"),
    ("BOXOFFICE_PROVIDER", "stripe://sk_test_of_the_environment@api.stripe.com?webhook=whsec_dGhlIGVudmlyb25tZW50"),
    ("BOXOFFICE_WEBHOOKS_TO_PRIVATE", "true"),
    ("BOXOFFICE_LOG", "boxoffice=info"),
    ("BOXOFFICE_LOG_FORMAT", "json"),
];

/// Of a venue in PostgreSQL: `tests/cluster`.
const OF_A_BOOK: &[&str] = &["BOXOFFICE_COPY", "BOXOFFICE_NODE_URL", "BOXOFFICE_UNREPLICATED"];

/// Files that are read at the start.
const FILES: &[&str] = &["BOXOFFICE_SMTP_CA", "BOXOFFICE_MAIL_TEMPLATES", "BOXOFFICE_OUTBOUND_CA"];

#[test]
fn files_are_read_at_the_start() {
    for name in FILES {
        let folder = Folder::new();
        let mut command = boxoffice(&["serve", "--listen", "127.0.0.1:0", "--smtp", "smtp://127.0.0.1:9"]);
        command
            .args(["--mail-from", "karten@saal.example", "--public-url", "https://saal.example"])
            .args(["--provider", "toss://key@api.tosspayments.com"])
            .env("BOXOFFICE_DATA", folder.data());
        let refused = command.env(name, folder.path("nowhere")).output().expect("it runs");
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(!refused.status.success() && said.contains("nowhere"), "{name}: {said}");
    }
}

#[test]
fn the_help_lists_no_setting_that_is_not_tested_here() {
    let help = run(&["serve", "--help"]).out;
    let mut listed: Vec<_> = help
        .split("[env: ")
        .skip(1)
        .map(|rest| rest.split(['=', ']']).next().unwrap_or_default())
        // TLS has a server of its own, below, and so have files.
        .filter(|name| {
            *name != "BOXOFFICE_DATA"
                && !name.starts_with("BOXOFFICE_TLS_")
                && !FILES.contains(name)
                && !OF_A_BOOK.contains(name)
        })
        .collect();
    let mut tested: Vec<_> = SETTINGS.iter().map(|(name, _)| *name).collect();
    listed.sort_unstable();
    tested.sort_unstable();
    assert_eq!(listed, tested);
}

/// Seconds from now until an instant that the server named.
fn seconds_until(instant: &Value) -> f64 {
    let until: jiff::Timestamp = text(instant).parse().expect("RFC 3339");
    #[expect(clippy::disallowed_methods, reason = "the server runs on the machine's clock here")]
    let now = jiff::Timestamp::now();
    until.duration_since(now).as_secs_f64()
}

#[tokio::test]
async fn the_environment_sets_everything() {
    let folder = Folder::new();
    let mut command = boxoffice(&["serve"]);
    command.env("BOXOFFICE_DATA", folder.data()).envs(SETTINGS.iter().copied()).current_dir(folder.path("."));
    let server = Server::start(command);
    assert!(server.greeting.contains(as_text(&folder.data())), "{}", server.greeting);
    assert!(folder.data().exists());
    let operator = "op_said_by_the_environment";
    let venue = server.get("/v1/venue", "").await.json();
    let said = json!({"name": "Saal", "currency": "EUR", "currency_decimals": 2, "languages": ["de", "en"],
        "time_zone": "Europe/Berlin", "top_up_by": "operator", "largest_top_up": 500, "seats_per_user": 2,
        "hold_seconds": 33, "admission_seconds": 77, "token_seconds": 7200, "sends_mail": true,
        "checkout_providers": ["stripe"]});
    assert_eq!(venue, said);

    let verification = server.get("/v1/operator/verification", operator).await.json();
    assert_eq!(verification, json!({}), "none is due by itself");

    let rows = json!([{"name": "A", "seats": 4, "grade": "R"}]);
    let hall = json!({"name": "Hall", "sections": [{"name": "S", "rows": rows}]});
    let hall = server.make("/v1/operator/halls", operator, hall).await["id"].clone();
    let concert = json!({"title": "Concert", "time_zone": "Asia/Seoul"});
    let concert = server.make("/v1/operator/concerts", operator, concert).await["id"].clone();
    let performance = json!({"concert_id": concert, "hall_id": hall, "starts_at": "2999-12-31T20:00:00Z",
        "prices": {"R": 1000}});
    let performance = server.make("/v1/operator/performances", operator, performance).await["id"].clone();
    let session = server.make("/v1/operator/sessions", operator, json!({"count": 1})).await;
    let session = text(&session["sessions"][0]["secret"]);

    let path = format!("/v1/concerts/{}/queue/tokens", text(&concert));
    let joined = server.make(&path, &session, Value::Null).await;
    let token = text(&joined["token"]);
    // The machine's clock runs on between answer and look, so only the upper end is sharp.
    let admitted = seconds_until(&joined["admitted_until"]);
    assert!(admitted <= 77.0 && 33.0 < admitted, "{admitted} seconds of admission");
    let balance = server.get("/v1/balance", &token).await.json();
    assert_eq!(balance["currency"], "EUR");
    let top_up = server.post("/v1/balance/top-ups", &token, json!({"amount": 1})).await;
    assert_eq!(top_up.code(), "top_up_forbidden");
    let best = |quantity: u32| json!({"performance_id": performance, "best": {"grade": "R", "quantity": quantity}});
    assert_eq!(server.post("/v1/holds", &token, best(3)).await.code(), "seat_limit");
    let held = server.make("/v1/holds", &token, best(2)).await;
    let held_for = seconds_until(&held["held_until"]);
    assert!(held_for <= 33.0, "{held_for} seconds of hold");

    for (origin, allowed) in [("https://two.example", true), ("https://three.example", false)] {
        let ask = Ask { method: "GET", path: "/v1/concerts", headers: &[("origin", origin)], ..Ask::default() };
        let answer = server.client().await.send(&ask).await.expect("an answer");
        assert_eq!(answer.headers.contains_key("access-control-allow-origin"), allowed, "{origin}");
    }

    for (said, statuses) in [("198.51.100.9, 192.0.2.7", &[401][..]), ("198.51.100.9, 192.0.2.9", &[401, 429])] {
        let mut client = server.client().await;
        let mut seen = Vec::new();
        for _ in 0..40 {
            let headers = &[("x-forwarded-for", said)][..];
            let bearer = Some("op_guessed_and_wrong");
            let ask =
                Ask { method: "POST", path: "/v1/operator/sessions", bearer, headers, body: Some(b"{}".to_vec()) };
            seen.push(client.send(&ask).await.expect("an answer").status);
            if seen.last() == Some(&429) {
                break;
            }
        }
        seen.dedup();
        assert_eq!(seen, statuses, "{said}");
    }
    let secured = server.get("/v1/concerts", "").await;
    assert!(secured.headers.contains_key("strict-transport-security"), "clients come by TLS, to the proxy");

    let copy = |entry: std::fs::DirEntry| entry.path().extension().is_some_and(|extension| extension == "db");
    while !std::fs::read_dir(folder.path("backups")).is_ok_and(|folder| folder.flatten().any(copy)) {
        assert_eq!(server.get("/v1/venue", "").await.status, 200, "until the first backup is made");
    }

    server.terminate();
    let (status, out, log) = server.wait();
    assert!(status.success() && out.contains("figures for Prometheus: http://127.0.0.1:"), "{status}: {out}");
    assert!(log.contains("no limits for what comes from 198.51.100.0/24"), "{log}");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect();
    assert!(lines.iter().any(|line| line["operation"] == "hold_seats"), "{log}");
    assert!(lines.iter().all(|line| text(&line["target"]).starts_with("boxoffice")), "the filter rules: {log}");
}

#[test]
fn the_environment_names_the_certificate() {
    let folder = Folder::new();
    let mut command = boxoffice(&["serve", "--listen", "127.0.0.1:0", "--data"]);
    command.arg(folder.data());
    for name in ["BOXOFFICE_TLS_CERTIFICATE", "BOXOFFICE_TLS_KEY"] {
        command.env(name, folder.path(name));
    }
    let refused = command.output().expect("the binary runs");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("BOXOFFICE_TLS_CERTIFICATE holds no certificate"), "{said}");
}

const KEY_OF_THE_FLAG: &str = "op_said_by_a_flag_of_the_line";

#[tokio::test]
async fn a_flag_wins_over_the_environment() {
    let folder = Folder::new();
    let mut command = boxoffice(&["serve", "--listen", "127.0.0.1:0", "--operator-key", KEY_OF_THE_FLAG, "--data"]);
    command.arg(folder.data()).args(["--log", "off"]);
    command.env("BOXOFFICE_DATA", folder.path("other.db")).env("BOXOFFICE_OPERATOR_KEY", "op_said_by_the_environment");
    let server = Server::start(command);
    assert_eq!(server.post("/v1/operator/sessions", KEY_OF_THE_FLAG, json!({"count": 1})).await.status, 201);
    assert_eq!(
        server.post("/v1/operator/sessions", "op_said_by_the_environment", json!({"count": 1})).await.status,
        401
    );
    assert!(folder.data().exists() && !folder.path("other.db").exists());
    assert_eq!(server.stop(), "", "the log is off");
}

#[tokio::test]
async fn the_demo_takes_the_environment_too() {
    let folder = Folder::new();
    let mut command = boxoffice(&["demo"]);
    command.env("BOXOFFICE_DATA", folder.data()).env("BOXOFFICE_LISTEN", "127.0.0.1:0").env("BOXOFFICE_LOG", "info");
    let server = Server::start(command);
    let concerts = server.get("/v1/concerts", "").await.json();
    assert_eq!(concerts["concerts"][0]["title"], "Demo Concert");
    let log = server.stop();
    assert!(log.contains("list_concerts"), "{log}");
    assert!(folder.data().exists(), "a named data file is kept");
    crate::support::verify_clean(&folder.data());
}
