//! Starting on data files of every kind: each obstacle is one readable line with its cause and its remedy.

use std::net::TcpListener;
use std::path::Path;

use rusqlite::Connection;

use crate::support::{Folder, OPERATOR, Ran, Server, as_text, boxoffice, run};

fn serve(data: &Path) -> Ran {
    run(&["serve", "--listen", "127.0.0.1:0", "--data", as_text(data)])
}

/// It ended with 1 and one line that names the cause, the file and what helps.
#[track_caller]
fn told(ran: &Ran, cause: &str, data: &Path, remedy: &str) {
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{}", ran.err);
    for part in ["boxoffice: ", cause, as_text(data), remedy] {
        assert!(ran.err.contains(part), "{part:?} is missing: {}", ran.err);
    }
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
}

#[tokio::test]
async fn the_operator_key_is_printed_once() {
    let folder = Folder::new();
    let start = |more: &[&str]| {
        let mut command = boxoffice(&["serve", "--listen", "127.0.0.1:0", "--data"]);
        command.arg(folder.data()).args(more);
        Server::start(command)
    };
    let first = start(&[]);
    let lines: Vec<_> = first.greeting.lines().filter(|line| line.contains("op_")).collect();
    let [line] = lines[..] else { panic!("one line with the key: {}", first.greeting) };
    let key = &line[line.find("op_").expect("the key")..].to_owned();
    assert_eq!(first.post("/v1/operator/sessions", key, serde_json::json!({"count": 1})).await.status, 201);
    let log = first.stop();
    assert!(!log.contains(key), "the key is in the log");

    let second = start(&[]);
    assert!(!second.greeting.contains("op_"), "{}", second.greeting);
    assert_eq!(second.post("/v1/operator/sessions", key, serde_json::json!({"count": 1})).await.status, 201);
    second.terminate();
    let (status, rest, _) = second.wait();
    assert!(status.success() && !rest.contains("op_"), "{rest}");

    // A key that the operator chooses is in force from then on, and is not printed either.
    let third = start(&["--operator-key", OPERATOR]);
    assert!(third.greeting.contains("operator key replaced") && !third.greeting.contains("op_"), "{}", third.greeting);
    assert_eq!(third.post("/v1/operator/sessions", key, serde_json::json!({"count": 1})).await.status, 401);
}

#[tokio::test]
async fn a_second_process_is_refused_and_the_first_goes_on() {
    let folder = Folder::new();
    let first = Server::serve(&folder.data(), &[]);
    told(&serve(&folder.data()), "in use by another boxoffice process", &folder.data(), "stop that one first");
    assert_eq!(first.get("/v1/concerts", "").await.status, 200);
    first.pull_the_plug();
    first.wait();
    // The lock died with its owner.
    Server::serve(&folder.data(), &[]).stop();
}

#[test]
fn files_that_are_not_ours() {
    let folder = Folder::new();
    let foreign = folder.path("foreign.db");
    let other = Connection::open(&foreign).expect("a file");
    other.execute_batch("CREATE TABLE recipe (name TEXT); INSERT INTO recipe VALUES ('soup')").expect("SQL");
    drop(other);
    let notes = folder.path("notes.txt");
    std::fs::write(&notes, "Buy milk.\n".repeat(1000)).expect("a file");
    for file in [&foreign, &notes] {
        let before = std::fs::read(file).expect("the file");
        told(&serve(file), "is not a boxoffice data file", file, "name another file with --data");
        let verified = run(&["verify", as_text(file)]);
        assert_eq!(verified.code, Some(2), "{}", verified.out);
        assert!(verified.err.contains("is not a boxoffice data file"), "{}", verified.err);
        let copied = run(&["backup", as_text(file), as_text(&folder.path("copy.db"))]);
        assert_eq!(copied.code, Some(1));
        assert!(copied.err.contains("is not a boxoffice data file"), "{}", copied.err);
        assert!(!folder.path("copy.db").exists() && !folder.path("copy.db.part").exists());
        assert_eq!(std::fs::read(file).expect("the file"), before, "it was changed");
    }
}

#[test]
fn places_where_no_file_can_be() {
    let folder = Folder::new();
    let directory = folder.path("directory");
    std::fs::create_dir(&directory).expect("a folder");
    told(&serve(&directory), "is a directory", &directory, "name a file in it");
    let nowhere = folder.path("nowhere").join("boxoffice.db");
    told(&serve(&nowhere), "No such file or directory", &nowhere, "check that the folder exists");
    for command in [&["verify"][..], &["backup"]] {
        let missing = folder.path("missing.db");
        let out = folder.path("copy.db");
        let mut arguments = command.to_vec();
        arguments.push(as_text(&missing));
        arguments.extend((command == ["backup"]).then_some(as_text(&out)));
        let ran = run(&arguments);
        assert!(ran.err.contains("does not exist"), "{command:?}: {}", ran.err);
        assert!(!missing.exists() && !out.exists(), "looking made a file");
    }
    let copied = run(&["verify", as_text(&directory)]);
    assert_eq!(copied.code, Some(2), "{}", copied.err);
}

#[test]
fn a_file_of_another_version_is_refused_and_stays_as_it_is() {
    let folder = Folder::new();
    Server::serve(&folder.data(), &[]).stop();
    let newer = Connection::open(folder.data()).expect("the file");
    let migration = "INSERT INTO refinery_schema_history VALUES (999, 'later', '2030-01-01T00:00:00Z', '1')";
    newer.execute_batch(migration).expect("SQL");
    drop(newer);
    let before = std::fs::read(folder.data()).expect("the file");
    told(&serve(&folder.data()), "was made by a newer version", &folder.data(), "use the boxoffice version");
    assert_eq!(std::fs::read(folder.data()).expect("the file"), before);
}

/// Not a breach: the right version, or a start of this one, helps.
#[test]
fn a_file_of_an_older_version_is_told_from_a_breach() {
    let folder = Folder::new();
    Server::serve(&folder.data(), &[]).stop();
    let older = Connection::open(folder.data()).expect("the file");
    older.execute_batch("DELETE FROM refinery_schema_history").expect("SQL");
    drop(older);
    for command in [&["verify", as_text(&folder.data())][..], &["backup", as_text(&folder.data()), "nowhere"]] {
        let ran = run(command);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{}", ran.err);
        assert!(ran.err.contains("was made by an older version") && ran.err.contains("boxoffice serve"), "{}", ran.err);
    }
}

#[test]
fn a_damaged_file_is_refused_or_found_by_verify() {
    let folder = Folder::new();
    Server::serve(&folder.data(), &[]).stop();
    let whole = std::fs::read(folder.data()).expect("the file");
    let cut = folder.path("cut.db");
    std::fs::write(&cut, &whole[..whole.len() / 2]).expect("a file");
    let ran = run(&["verify", as_text(&cut)]);
    assert!(matches!(ran.code, Some(1 | 2)), "{}{}", ran.out, ran.err);
    let mut torn = whole.clone();
    // The size of a page stands in the file's header (sqlite.org/fileformat2.html §1.3.2).
    let page = usize::from(u16::from_be_bytes([whole[16], whole[17]]));
    torn[page * 3..page * 3 + 2048].fill(0xA5);
    let damaged = folder.path("damaged.db");
    std::fs::write(&damaged, torn).expect("a file");
    let ran = run(&["verify", as_text(&damaged)]);
    assert_eq!(ran.code, Some(1), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("law 0: "), "{}", ran.out);
}

#[test]
fn a_port_in_use_is_told_with_its_remedy() {
    let folder = Folder::new();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    let ran = run(&["serve", "--operator-key", OPERATOR, "--data", as_text(&folder.data()), "--listen", &address]);
    assert_eq!(ran.code, Some(1));
    let line = format!("cannot listen on {address}: Address already in use");
    assert!(ran.err.contains(&line) && ran.err.contains("choose another with --listen"), "{}", ran.err);
}

/// Nothing is made in vain: no data file, and no key that would be shown only this once.
#[test]
fn a_start_on_a_taken_port_makes_and_shows_nothing() {
    let folder = Folder::new();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    for command in ["serve", "demo"] {
        let ran = run(&[command, "--data", as_text(&folder.data()), "--listen", &address]);
        assert_eq!(ran.code, Some(1));
        assert_eq!(ran.out, "");
        let made: Vec<_> = std::fs::read_dir(folder.path("")).expect("the folder").collect();
        assert!(made.is_empty(), "{command} made {made:?}");
    }
}

#[tokio::test]
async fn listen_addresses_may_be_names_or_a_port_alone() {
    let folder = Folder::new();
    for listen in ["localhost:0", ":0"] {
        let mut command =
            boxoffice(&["serve", "--operator-key", "op_of_a_listening_test_office", "--listen", listen, "--data"]);
        command.arg(folder.data()).arg("--behind-proxy");
        let server = Server::start(command);
        let address = (std::net::Ipv4Addr::LOCALHOST, server.address.port()).into();
        let mut client = boxoffice::client::Client::connect(address).await.expect("it listens there");
        assert_eq!(client.get("/v1/concerts", None).await.expect("an answer").status, 200);
        drop(client);
        server.stop();
    }
}

#[test]
fn an_address_that_others_reach_is_encrypted_or_behind_a_proxy() {
    let folder = Folder::new();
    let data = folder.data();
    let serve = ["serve", "--operator-key", OPERATOR, "--data", as_text(&data), "--listen", ":0"];
    let ran = run(&serve);
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""));
    for word in ["would not be encrypted", "--tls-certificate", "--behind-proxy"] {
        assert!(ran.err.contains(word), "{word}: {}", ran.err);
    }
    let missing = folder.path("missing.pem");
    for (flag, other) in [("--tls-certificate", "--tls-key"), ("--tls-key", "--tls-certificate")] {
        let ran = run(&[&serve[..], &[flag, as_text(&missing)]].concat());
        assert_eq!(ran.code, Some(2), "{}", ran.err);
        assert!(ran.err.contains(other), "{flag} alone: {}", ran.err);
    }
    let ran = run(&[&serve[..], &["--tls-certificate", as_text(&missing), "--tls-key", as_text(&missing)]].concat());
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("missing.pem holds no certificate"), "{}", ran.err);
    assert!(!data.exists(), "nothing is made in vain");
}

#[test]
fn addresses_and_origins_that_make_no_sense_are_refused_with_what_would() {
    let folder = Folder::new();
    let refused = |flag: &str, value: &str, hint: &str| {
        let ran = run(&["serve", "--data", as_text(&folder.data()), flag, value]);
        assert_eq!(ran.code.map(|code| code != 0), Some(true), "{flag} {value}");
        assert!(ran.err.contains(hint), "{flag} {value}: {}", ran.err);
        assert!(!folder.data().exists());
    };
    for listen in ["8080", "127.0.0.1", "http://localhost:8080", "localhost:http", "localhost:65536"] {
        refused("--listen", listen, "write HOST:PORT");
    }
    refused("--listen", "no-such-host.invalid:8080", "cannot listen on no-such-host.invalid:8080");
    for origin in ["tickets.example", "https://tickets.example/shop", "null", "https://a.example,b"] {
        refused("--allow-origin", origin, "https://tickets.example");
    }
}

#[test]
fn a_demo_never_takes_a_file_that_exists() {
    let folder = Folder::new();
    std::fs::write(folder.data(), "mine").expect("a file");
    let ran = run(&["demo", "--listen", "127.0.0.1:0", "--data", as_text(&folder.data())]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("exists already") && ran.err.contains("boxoffice serve --data"), "{}", ran.err);
    assert_eq!(std::fs::read(folder.data()).expect("the file"), b"mine");
}
