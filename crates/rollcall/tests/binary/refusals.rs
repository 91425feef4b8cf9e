//! What the command line says when it will not.

use rollcall_testkit::Engine;
use rollcall_testkit::Engine::Sqlite;

use crate::harness::{Installation, Ran};

on_both_engines! { what_does_not_fit_the_data_is_told, another_secret_key_is_refused }

/// Exit code 1, nothing on standard output, and one readable sentence that holds these words.
fn refused(ran: &Ran, words: &[&str]) {
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert_eq!(ran.out, "", "{ran:?}");
    let sentence = ran.err.strip_prefix("rollcall: ").unwrap_or_else(|| panic!("{ran:?}"));
    assert!(!sentence.contains("rollcall: "), "told once: {ran:?}");
    for word in words {
        assert!(sentence.contains(word), "{word:?} is not in {sentence:?}");
    }
    for debris in ["Error {", "Error(", "Some(", "Os {", "panicked", "Caused by", "\\n"] {
        assert!(!sentence.contains(debris), "{sentence:?}");
    }
}

fn what_does_not_fit_the_data_is_told(engine: Engine) {
    let installation = Installation::new(engine);
    let run = |arguments: &[&str]| installation.run(arguments);
    installation.make_app("shop");
    for id in ["sh_op", "-shop", "a b", "", &"a".repeat(64)] {
        // With `=`, or an id that begins with a dash would be an option.
        refused(&run(&["app", "create", &format!("--id={id}"), "--name", "Shop"]), &["the app id", "a-z"]);
    }
    refused(&run(&["app", "create", "--id", "x", "--name", ""]), &["a name has 1 to 100 characters"]);
    refused(&run(&["app", "create", "--id", "shop", "--name", "Again"]), &["already an app shop"]);
    refused(&run(&["key", "list", "--app", "sh_op"]), &["the app id \"sh_op\""]);
    refused(&run(&["key", "list", "--app", "nobody"]), &["no app nobody", "rollcall app list"]);
    refused(&run(&["key", "create", "--app", "nobody", "--scope", "klaim"]), &["no app nobody"]);
    refused(&run(&["key", "revoke", "--app", "shop", "4711"]), &["no key of this number", "key list"]);
    refused(&run(&["key", "revoke", "--app", "shop", "no-such-key"]), &["app shop has no such key"]);
    // And none of it left anything behind.
    assert_eq!(installation.number("select count(*) from apps"), 1);
    assert_eq!(installation.number("select count(*) from credentials"), 4);
}

fn another_secret_key_is_refused(engine: Engine) {
    let installation = Installation::new(engine);
    installation.make_app("shop");
    let mut command = installation.command(&["key", "list", "--app", "shop", "--reveal"]);
    command.env("ROLLCALL_SECRET_KEY", "0123456789abcdef".repeat(4));
    refused(&Ran::of(command), &["another secret key", "ROLLCALL_SECRET_KEY", "--secret-key-file"]);
    let mut command = installation.command(&["app", "list"]);
    command.env("ROLLCALL_SECRET_KEY", "0123");
    let ran = Ran::of(command);
    refused(&ran, &["ROLLCALL_SECRET_KEY is not usable", "64 hexadecimal digits"]);
    assert!(!ran.err.contains("0123"), "not even a broken key is repeated");
}

#[test]
fn a_database_that_cannot_be_is_told() {
    let installation = Installation::new(Sqlite);
    let on = |address: &str| Ran::of(installation.bare(&["app", "list", "--database", address]));
    for address in ["mysql://host/x", "rollcall.db", ""] {
        refused(&on(address), &["database address", "sqlite:PATH", "postgres://"]);
    }
    refused(&on("sqlite:absent/x.db"), &["absent/x.db", "no such file", "rollcall app create"]);
    assert!(!installation.folder().join("absent").exists(), "looking makes nothing");
    let made =
        installation.bare(&["app", "create", "--id", "a", "--name", "A", "--database", "sqlite:absent/x.db"]);
    assert_eq!(Ran::of(made).code, Some(0), "writing makes the folder too");
    refused(&on("sqlite::memory:"), &["path of a file"]);
    std::fs::write(installation.folder().join("file"), "").unwrap();
    refused(&on("sqlite:file/x.db"), &["file/x.db", "Not a directory"]);
    refused(&on("sqlite:."), &["cannot open the database ."]);
    let nobody_there = on("postgres://me:hunter2@127.0.0.1:1/x");
    refused(&nobody_there, &["cannot open the database", "refused"]);
    assert!(!nobody_there.err.contains("hunter2"), "{nobody_there:?}");
    let wrong = on("postgres://me:hunter2@127.0.0.1:port/x");
    refused(&wrong, &["database address"]);
    assert!(!wrong.err.contains("hunter2"), "{wrong:?}");

    std::fs::write(
        installation.folder().join("text.db"),
        "not a database, but long enough to be looked at ".repeat(99),
    )
    .unwrap();
    refused(&on("sqlite:text.db"), &["text.db", "not a database"]);
}

#[test]
fn a_configuration_that_cannot_be_is_told() {
    let installation = Installation::new(Sqlite);
    let with = |text: &str| {
        let file = installation.folder().join("rollcall.toml");
        std::fs::write(&file, text).unwrap();
        installation.run(&["app", "list", "--config", file.to_str().unwrap()])
    };
    refused(&with("databse = \"sqlite:x.db\""), &["rollcall.toml", "databse", "unknown", "`database`"]);
    refused(&with("[store]\nqueue = \"many\""), &["rollcall.toml", "queue", "line 2"]);
    refused(&with("listen = \"everywhere\""), &["rollcall.toml", "listen"]);
    refused(&with("= nonsense"), &["rollcall.toml", "line 1"]);
    refused(
        &installation.run(&["app", "list", "--config", "absent.toml"]),
        &["cannot read the configuration file absent.toml"],
    );
    refused(
        &installation.run(&["serve", "--log-level", "rollcall=loud"]),
        &["log level", "rollcall=loud"],
    );
}

#[test]
fn a_port_that_is_taken_is_told() {
    let installation = Installation::new(Sqlite);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    refused(&installation.run(&["serve", "--listen", &address]), &["cannot listen on", &address]);
}

#[test]
fn a_command_that_is_none_gets_help_and_exit_code_2() {
    let installation = Installation::new(Sqlite);
    let cases: [(&[&str], &str); 9] = [
        (&[], "Usage: rollcall"),
        (&["frobnicate"], "frobnicate"),
        (&["app"], "Usage: rollcall app"),
        (&["app", "create"], "--id"),
        (&["app", "create", "--id", "x"], "--name"),
        (&["key", "create", "--app", "x", "--scope", "everything"], "fullAccess"),
        (&["key", "list"], "--app"),
        (&["serve", "--listen", "everywhere"], "--listen"),
        (&["app", "list", "--databse", "x"], "--database"),
    ];
    for (arguments, word) in cases {
        let ran = Ran::of(installation.bare(arguments));
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{arguments:?}: {ran:?}");
        assert!(ran.err.contains(word), "{arguments:?}: {ran:?}");
    }
}
