//! What the program says about itself, and how it refuses arguments it does not know.

use std::process::Stdio;

use boxoffice::server;

use crate::support::{boxoffice, run};

/// The commands that the first help lists, `help` itself left out.
fn commands() -> Vec<String> {
    let help = run(&["--help"]).out;
    let after = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let listed = after.take_while(|line| !line.is_empty()).filter_map(|line| line.split_whitespace().next());
    listed.filter(|command| *command != "help").map(str::to_owned).collect()
}

/// The long flags that a help text lists.
fn flags(help: &str) -> Vec<String> {
    let lines =
        help.lines().filter_map(|line| line.trim_start().strip_prefix("--").or(line.trim().strip_prefix("-h, --")));
    let names = lines.map(|line| line.split([' ', '=']).next().unwrap_or_default().to_owned());
    names.filter(|name| !["help", "version"].contains(&name.as_str())).collect()
}

#[test]
fn the_first_help_leads_to_every_command() {
    let help = run(&["--help"]);
    assert_eq!(help.code, Some(0));
    for command in ["demo", "serve", "openapi", "verify", "backup", "restore", "turn-keys", "rehearse"] {
        assert!(commands().contains(&command.to_owned()), "{command} is missing: {}", help.out);
    }
    assert!(help.out.contains("boxoffice demo"), "a newcomer learns where to start: {}", help.out);
    assert_eq!(run(&["--version"]).out, format!("boxoffice {}\n", env!("CARGO_PKG_VERSION")));
    let nothing = run(&[]);
    assert_eq!(nothing.code, Some(2), "no command is no success");
    assert!(nothing.err.contains("Try it: a fresh data file"), "{}", nothing.err);
}

#[test]
fn each_commands_help_teaches() {
    for command in &commands() {
        let help = run(&[command, "--help"]);
        assert_eq!((help.code, help.err.as_str()), (Some(0), ""), "{command}");
        assert!(
            help.out.lines().next().is_some_and(|line| line.len() > 10),
            "{command} says what it does: {}",
            help.out
        );
    }
    // What belongs to an installation can be set by its environment.
    for command in ["demo", "serve"] {
        let help = run(&[command, "--help"]).out;
        for flag in flags(&help) {
            let variable = format!("[env: BOXOFFICE_{}", flag.to_uppercase().replace('-', "_"));
            assert!(help.contains(&variable), "{command} --{flag} has no {variable}]");
        }
    }
    let serve = run(&["serve", "--help"]).out;
    assert!(flags(&serve).len() >= 10, "{:?}", flags(&serve));
    assert!(serve.contains("[default: 127.0.0.1:8080]") && serve.contains("SIGTERM"), "{serve}");
    let verify = run(&["verify", "--help"]).out;
    assert!(verify.contains("exits with 1") && verify.contains("with 2"), "{verify}");
}

#[test]
fn the_help_never_shows_the_operator_key_of_the_environment() {
    let help = boxoffice(&["serve", "--help"]).env("BOXOFFICE_OPERATOR_KEY", "op_secret").output().expect("runs");
    assert!(!String::from_utf8_lossy(&help.stdout).contains("op_secret"));
}

#[test]
fn what_it_does_not_know_ends_with_2_and_a_hint() {
    let table: &[(&[&str], &str)] = &[
        (&["sell"], "sell"),
        (&["serve", "--port", "80"], "--port"),
        (&["serve", "extra"], "extra"),
        (&["serve", "--listen", "everywhere"], "--listen"),
        (&["serve", "--hold-seconds", "0"], "--hold-seconds"),
        (&["serve", "--seats-per-user", "65"], "--seats-per-user"),
        (&["serve", "--admission-seconds", "-1"], "-1"),
        (&["serve", "--currency", "won"], "KRW"),
        (&["serve", "--currency", "ZZZ"], "ISO 4217"),
        (&["serve", "--currency", ""], "--currency"),
        (&["serve", "--languages", "ko,"], "BCP 47"),
        (&["serve", "--time-zone", "Seoul"], "Asia/Seoul"),
        (&["serve", "--venue-name", " "], "1 to 100 characters"),
        (&["serve", "--largest-top-up", "0"], "--largest-top-up"),
        (&["serve", "--token-seconds", "0"], "--token-seconds"),
        (&["serve", "--top-up-by", "anyone"], "buyers"),
        (&["openapi", "--format", "xml"], "yaml"),
        (&["verify"], "FILE"),
        (&["backup", "only-one.db"], "OUT"),
    ];
    for (arguments, hint) in table {
        let ran = run(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(ran.err.contains(hint), "{arguments:?} does not mention {hint}: {}", ran.err);
    }
    let filter = run(&["serve", "--log", "a=b=c"]);
    assert_eq!(filter.code, Some(1));
    assert!(filter.err.contains("try off, error, warn or info"), "{}", filter.err);
}

#[test]
fn the_document_is_printed_without_a_data_file() {
    let folder = crate::support::Folder::new();
    let print = |arguments: &[&str]| {
        let output = boxoffice(arguments).current_dir(folder.path("")).output().expect("runs");
        assert!(output.status.success());
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    assert_eq!(print(&["openapi"]), server::document_yaml());
    assert_eq!(print(&["openapi", "--format", "json"]), server::document_json());
    assert_eq!(std::fs::read_dir(folder.path("")).expect("the folder").count(), 0, "nothing was made");
}

/// `boxoffice openapi | head -1`: the reader may go away.
#[test]
fn a_reader_that_goes_away_is_no_crash() {
    let mut child = boxoffice(&["openapi"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ended");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
