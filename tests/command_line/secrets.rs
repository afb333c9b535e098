//! What was given to the office in secret, or made by it, stays between the two: it is not in the list of processes, not in what
//! is said when something goes wrong, and not in what is left when the process dies. `logs` looks for a buyer's secrets in
//! the log; here are those of the venue.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

use boxoffice::client::Ask;
use serde_json::{Value, json};

use crate::support::{Folder, OPERATOR, Server, as_text, boxoffice, serve_command, text};

const SMTP_PASSWORD: &str = "smtp-password-of-the-venue";
const PROVIDER_KEY: &str = "sk_test_of_the_venue_4711";
/// In Base64, as the provider gives it out.
const NOTICES: &str = "whsec_c2VjcmV0LW9mLXRoZS12ZW51ZS0w";

/// `serve` with every secret that a venue can give, by the environment.
fn with_secrets(folder: &Folder, log: &str) -> Command {
    let mut command = serve_command(&folder.data());
    // Nobody listens there.
    command.env("BOXOFFICE_SMTP", format!("smtp://venue:{SMTP_PASSWORD}@127.0.0.1:9"));
    command.env("BOXOFFICE_PROVIDER", format!("stripe://{PROVIDER_KEY}@127.0.0.1:9?webhook={NOTICES}"));
    command.args(["--mail-from", "Hall <tickets@hall.example>", "--public-url", "https://hall.example"]);
    command.args(["--log", log]);
    command
}

/// This command as the last arguments of another.
fn inside(mut outer: Command, command: &Command) -> Command {
    outer.arg(command.get_program()).args(command.get_args()).stdin(Stdio::null());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => outer.env(name, value),
            None => outer.env_remove(name),
        };
    }
    outer
}

/// What everybody on the machine may read of a process: its arguments and its threads' names.
fn shown_of(process: u32) -> String {
    let of = std::path::PathBuf::from(format!("/proc/{process}"));
    let mut shown = String::from_utf8_lossy(&std::fs::read(of.join("cmdline")).expect("its arguments")).into_owned();
    for thread in std::fs::read_dir(of.join("task")).expect("its threads") {
        shown += &std::fs::read_to_string(thread.expect("a thread").path().join("comm")).unwrap_or_default();
    }
    shown
}

/// Asks with secrets in wrong places; gives every refusal, with what it was that the asker showed.
async fn ask_wrongly<'s>(server: &Server, secrets: &'s [(&str, String)]) -> Vec<(&'s str, String)> {
    let mut refusals = Vec::new();
    let mut ask = async |shown: &'s str, method: &str, path: &str, bearer: Option<&str>, body: Option<Value>| {
        let body = body.map(|body| body.to_string().into_bytes());
        let answer = server.client().await.send(&Ask { method, path, bearer, body, ..Ask::default() }).await;
        let answer = answer.expect("an answer");
        assert!((400..500).contains(&answer.status), "{method} {path}: {}", answer.status);
        refusals.push((shown, String::from_utf8_lossy(&answer.body).into_owned()));
    };
    for (_, secret) in secrets {
        ask(secret, "GET", "/v1/queue/position", Some(secret), None).await;
        ask(secret, "GET", &format!("/v1/nothing/{secret}?key={secret}"), None, None).await;
        ask(secret, "GET", &format!("/v1/tickets/{secret}"), Some(OPERATOR), None).await;
        ask(secret, "POST", "/v1/sessions", None, Some(json!({"email": "a@example.org", "password": {"is": secret}})))
            .await;
        ask(secret, "POST", "/v1/sessions", None, Some(json!({"email": secret, secret: secret}))).await;
        ask(secret, "POST", "/v1/operator/webhooks", Some(OPERATOR), Some(json!({"url": secret, "events": [secret]})))
            .await;
        ask(secret, "POST", "/v1/webhooks/stripe", None, Some(json!({"id": secret, "type": secret}))).await;
    }
    refusals
}

#[tokio::test]
async fn a_venues_secrets_are_in_no_log_no_refusal_and_no_list_of_processes() {
    let folder = Folder::new();
    let server = Server::start(with_secrets(&folder, "trace"));
    let staff = json!({"name": "Door", "scopes": ["door"]});
    let staff = server.make("/v1/operator/staff-keys", OPERATOR, staff).await;
    let webhook = json!({"url": "https://hooks.hall.example/", "events": ["payment_completed"]});
    let webhook = server.make("/v1/operator/webhooks", OPERATOR, webhook).await;
    let password = "correct-horse-battery";
    let buyer = json!({"email": "buyer@example.org", "password": password, "name": "Buyer"});
    let buyer = server.make("/v1/users", "", buyer).await;
    let mut secrets = vec![
        ("the operator's key", OPERATOR.to_owned()),
        ("the mail server's password", SMTP_PASSWORD.to_owned()),
        ("the provider's key", PROVIDER_KEY.to_owned()),
        ("what the provider's notices are signed with", NOTICES.to_owned()),
        ("a staff key", text(&staff["secret"])),
        ("a webhook's secret", text(&webhook["secret"])),
        ("a password", password.to_owned()),
        ("a session", text(&buyer["session"]["secret"])),
    ];
    let asked = secrets.clone();
    let refusals = ask_wrongly(&server, &asked).await;
    // Mails and notices that cannot be sent say so.
    let reset = server.post("/v1/password-resets", "", json!({"email": "buyer@example.org"})).await;
    assert!(reset.status < 300, "{}", reset.status);
    let shown = shown_of(server.id());
    assert!(shown.contains("--mail-from"), "its arguments are there: {shown}");
    let log = server.stop();
    assert!(log.lines().count() > refusals.len(), "there is a log");
    // Also as Base64 decodes them, and without what stands before.
    secrets.push(("what the provider's notices are signed with, decoded", "secret-of-the-venue-0".to_owned()));
    for (what, secret) in &secrets {
        let found = |said: &str| said.lines().find(|line| line.contains(secret.as_str())).map(str::to_owned);
        for (place, said) in [("the log", &log), ("the list of processes", &shown)] {
            assert_eq!(found(said), None, "{what} is in {place}");
        }
        // Who shows one may be told what was wrong with it.
        for (_, refusal) in refusals.iter().filter(|(showed, _)| showed != secret) {
            assert_eq!(found(refusal), None, "{what} is in a refusal");
        }
    }
}

#[tokio::test]
async fn a_start_that_is_refused_does_not_show_what_it_was_given() {
    for (variable, wrong) in [
        ("BOXOFFICE_OPERATOR_KEY", "short_secret_1".to_owned()),
        ("BOXOFFICE_OPERATOR_KEY", format!("{OPERATOR} with blanks")),
        ("BOXOFFICE_SMTP", format!("smtp:/venue:{SMTP_PASSWORD}@127.0.0.1:9")),
        ("BOXOFFICE_SMTP", format!("http://venue:{SMTP_PASSWORD}@127.0.0.1:9")),
        ("BOXOFFICE_SMTP", format!("smtp://venue:{SMTP_PASSWORD}@127.0.0.1:99999")),
        ("BOXOFFICE_PROVIDER", format!("nobody://{PROVIDER_KEY}@127.0.0.1:9?webhook={NOTICES}")),
        ("BOXOFFICE_PROVIDER", format!("standard://whsec_!!{SMTP_PASSWORD}@127.0.0.1:9")),
        ("BOXOFFICE_DATA", format!("postgres://venue:{SMTP_PASSWORD}@127.0.0.1:9/venue?schema=a&b={PROVIDER_KEY}")),
    ] {
        let folder = Folder::new();
        let mut command = with_secrets(&folder, "trace");
        if variable == "BOXOFFICE_DATA" {
            command = boxoffice(&["serve", "--listen", "127.0.0.1:0", "--log", "trace"]);
        }
        let mut bounded = Command::new("timeout");
        bounded.arg("60");
        let ran = inside(bounded, command.env(variable, &wrong)).output().expect("the binary runs");
        let said = String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).into_owned();
        assert_eq!(ran.status.code(), Some(1), "{variable}: {said}");
        assert!(said.contains("boxoffice: "), "{variable}: it says what is wrong: {said}");
        for secret in ["short_secret_1", OPERATOR, SMTP_PASSWORD, PROVIDER_KEY, NOTICES] {
            assert!(!said.contains(secret), "{variable}: {said}");
        }
    }
}

#[tokio::test]
async fn who_gives_a_secret_as_an_argument_is_told_that_it_can_be_read() {
    let folder = Folder::new();
    let server = Server::serve(&folder.data(), &["--log", "warn", "--operator-key", OPERATOR]);
    assert!(shown_of(server.id()).contains(OPERATOR), "as everybody can read");
    let log = server.stop();
    assert!(log.contains("--operator-key stands in the list of processes"), "{log}");
    assert!(log.contains("BOXOFFICE_OPERATOR_KEY") && log.lines().count() == 1, "{log}");
    assert!(!log.contains(OPERATOR), "{log}");
}

/// Runs this with all the room for core dumps that may be had.
fn with_core_dumps(command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -S -c \"$(ulimit -H -c)\"; exec \"$0\" \"$@\""]);
    inside(shell, command)
}

#[tokio::test]
async fn what_a_dying_office_had_in_its_memory_dies_with_it() {
    let folder = Folder::new();
    let mut control = Command::new("sh");
    control.args(["-c", "kill -ABRT $$"]).current_dir(folder.path(""));
    let is_shown = with_core_dumps(&control).current_dir(folder.path("")).status().expect("it runs").core_dumped();
    let mut serve = with_core_dumps(&serve_command(&folder.data()));
    serve.current_dir(folder.path(""));
    let server = Server::start(serve);
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", server.id())).expect("its limits");
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).expect("a limit").to_owned();
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");
    server.signal("-ABRT");
    let (status, _, _) = server.wait();
    assert_eq!((status.signal(), status.core_dumped()), (Some(6), false));
    println!("another program's memory is dumped on this machine: {is_shown}; {}", as_text(&folder.path("")));
}
