//! What the program says about itself, and where its settings come from.

use rollcall_testkit::Engine::Sqlite;

use crate::harness::{Installation, Ran, Server};

fn help(installation: &Installation, path: &[String]) -> String {
    let mut arguments: Vec<&str> = path.iter().map(String::as_str).collect();
    arguments.push("--help");
    let ran = Ran::of(installation.bare(&arguments));
    assert!(ran.code == Some(0) && ran.err.is_empty(), "{arguments:?}: {ran:?}");
    ran.out
}

/// Every command with its help, the outermost first.
fn commands(installation: &Installation, path: &[String], found: &mut Vec<(Vec<String>, String)>) {
    let text = help(installation, path);
    let listed = text
        .split_once("\nCommands:\n")
        .map_or("", |(_, rest)| rest.split("\n\n").next().unwrap());
    let names: Vec<&str> = listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    found.push((path.to_vec(), text.clone()));
    for name in names.iter().filter(|name| **name != "help") {
        commands(installation, &[path, &[(*name).to_owned()]].concat(), found);
    }
}

/// The lines of a help that can be typed as they stand.
fn examples(text: &str) -> Vec<&str> {
    let (_, tail) = text.rsplit_once("Print help").unwrap();
    tail.lines()
        .filter_map(|line| line.find("rollcall ").map(|at| &line[at..]))
        .map(|line| line.split("  ").next().unwrap())
        .collect()
}

#[test]
fn every_command_has_help_with_examples_that_work() {
    let installation = Installation::new(Sqlite);
    let mut found = Vec::new();
    commands(&installation, &[], &mut found);
    let paths: Vec<String> = found.iter().map(|(path, _)| path.join(" ")).collect();
    let known = [
        "",
        "serve",
        "app",
        "app create",
        "app limit",
        "app list",
        "key",
        "key create",
        "key list",
        "key revoke",
        "platform-app",
        "platform-app create",
        "platform-app list",
        "platform-app objects",
        "platform-app grant",
        "platform-app revoke",
        "config",
        "config example",
    ];
    assert_eq!(paths, known);
    for (path, text) in &found {
        let usage = ["Usage: rollcall", &path.join(" ")].join(if path.is_empty() { "" } else { " " });
        assert!(text.contains(&usage), "{text}");
        let examples = examples(text);
        assert!(!examples.is_empty(), "no example in {text}");
        let own = ["rollcall", &path.join(" ")].join(" ");
        assert!(examples.iter().all(|example| example.starts_with(own.trim_end())), "{examples:?}");
        // In the order of the list each finds what the one before has made.
        for example in examples.iter().filter(|example| !example.contains(" serve")) {
            let words: Vec<&str> = example.split_whitespace().skip(1).collect();
            let leaf = path.len() == 2;
            if example.contains("--user noa") && !example.contains("revoke") {
                let noa = "insert into users (app, uid, user_id, klaim_id, role, created_at) \
                           values ('shop', 'noa', 'noa', '1_a', 'default', 1) returning id";
                assert_eq!(installation.rows(noa).len(), 1);
            }
            if leaf {
                let ran = installation.run(&words);
                assert_eq!(ran.code, Some(0), "{example}: {ran:?}");
            }
        }
    }
    let version = Ran::of(installation.bare(&["--version"]));
    assert_eq!(version.out, format!("rollcall {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_example_configuration_is_one() {
    let installation = Installation::new(Sqlite);
    let example = Ran::of(installation.bare(&["config", "example"])).out;
    let file = installation.folder().join("rollcall.toml");
    // With what is commented out because its default depends on the database.
    let whole = example
        .replace("# secret_key_file = \"/etc/rollcall/secret.key\"", "secret_key_file = \"given.key\"");
    assert_ne!(whole, example);
    for text in [&example, &whole] {
        std::fs::write(&file, text).unwrap();
        let arguments = ["serve", "--config", file.to_str().unwrap(), "--listen", "127.0.0.1:0"];
        let server = Server::start(installation.bare(&arguments));
        assert_eq!(server.client("").get("/health/ready").unwrap().status, 200);
        server.stop();
        // Where it says that the data lies.
        std::fs::remove_file(installation.folder().join("rollcall.db")).unwrap();
    }
    assert!(installation.folder().join("rollcall.db.key").exists());
    assert!(installation.folder().join("given.key").exists());
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let installation = Installation::new(Sqlite);
    let file = installation.folder().join("rollcall.toml");
    std::fs::write(&file, "database = \"sqlite:file.db\"").unwrap();
    let made = |arguments: &[&str], environment: &[(&str, &str)]| {
        let mut command = installation.bare(arguments);
        let ran = Ran::of({
            command.envs(environment.iter().copied());
            command
        });
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let databases =
            ["file.db", "env.db", "flag.db", "rollcall.db"].map(|name| installation.folder().join(name));
        let made: Vec<_> = databases.iter().filter(|path| std::fs::remove_file(path).is_ok()).collect();
        assert_eq!(made.len(), 1, "{made:?}");
        made[0].file_name().unwrap().to_str().unwrap().to_owned()
    };
    let config = ("ROLLCALL_CONFIG", "rollcall.toml");
    let database = ("ROLLCALL_DATABASE", "sqlite:env.db");
    let create = ["app", "create", "--id", "shop", "--name", "Shop"];
    let flag = ["--database", "sqlite:flag.db"];
    assert_eq!(made(&create, &[]), "rollcall.db");
    assert_eq!(made(&create, &[config]), "file.db");
    assert_eq!(made(&create, &[config, database]), "env.db");
    assert_eq!(made(&[create.as_slice(), &flag].concat(), &[config, database]), "flag.db");
    assert_eq!(made(&[flag.as_slice(), &create].concat(), &[config, database]), "flag.db");
}
