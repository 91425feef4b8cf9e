//! A database of its own with everything that belongs to it, and the program run on it.

use std::path::Path;
use std::process::{Command, Stdio};

use hmac::{Hmac, KeyInit, Mac};
use rollcall_testkit::{Engine, Scratch};
use rusqlite::types::Value as SqlValue;
use serde_json::Value;
use sha2::Sha256;
use tokio_postgres::{NoTls, SimpleQueryMessage};

use super::process::Process;
use super::{Client, Server};

/// What `app create` gives out.
pub(crate) struct Keys {
    pub(crate) rest: String,
    pub(crate) auth: String,
    pub(crate) platform: String,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// An empty database, and a home for what the program keeps elsewhere.
pub(crate) struct Installation {
    pub(crate) engine: Engine,
    scratch: Scratch,
}

impl Installation {
    pub(crate) fn new(engine: Engine) -> Self {
        Self { engine, scratch: Scratch::new(engine) }
    }

    /// With the server running and an app `shop`.
    pub(crate) fn with_shop(engine: Engine) -> (Self, Server, Keys) {
        let installation = Self::new(engine);
        let server = installation.serve();
        let keys = installation.make_app("shop");
        (installation, server, keys)
    }

    pub(crate) fn address(&self) -> String {
        self.scratch.address()
    }

    /// A folder that lives as long as the installation.
    pub(crate) fn folder(&self) -> &Path {
        self.scratch.folder()
    }

    /// The program with nothing but its arguments: none of the caller's environment, no database.
    pub(crate) fn bare(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.folder())
            .current_dir(self.folder())
            .stdin(Stdio::null());
        command
    }

    /// The program on this database.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.bare(arguments);
        command.arg("--database").arg(self.address());
        command
    }

    /// Runs a command on this database to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments))
    }

    /// Runs a command that must succeed without a word on standard error, and answers what it printed.
    pub(crate) fn done(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert!(ran.code == Some(0) && ran.err.is_empty(), "{arguments:?}: {ran:?}");
        ran.out
    }

    /// The command that serves on a port of its own.
    pub(crate) fn server_command(&self) -> Command {
        self.command(&["serve", "--listen", "127.0.0.1:0", "--log-format", "json"])
    }

    pub(crate) fn serve(&self) -> Server {
        Server::start(self.server_command())
    }

    /// With a configuration of its own.
    pub(crate) fn serve_with(&self, configuration: &str) -> Server {
        let file = self.folder().join("rollcall.toml");
        std::fs::write(&file, configuration).unwrap();
        let mut command = self.server_command();
        command.arg("--config").arg(file);
        Server::start(command)
    }

    pub(crate) fn make_app(&self, id: &str) -> Keys {
        let out = self.done(&["app", "create", "--id", id, "--name", "Shop", "--json"]);
        let made: Value = serde_json::from_str(&out).unwrap();
        let key = |name: &str| made[name].as_str().expect("a key").to_owned();
        Keys {
            rest: key("restApiKey"),
            auth: key("authKey"),
            platform: key("platformToken"),
        }
    }

    /// What a statement answers, every value as text, past the server.
    pub(crate) fn rows(&self, sql: &str) -> Vec<Vec<String>> {
        match self.engine {
            Engine::Sqlite => sqlite_rows(self.address().strip_prefix("sqlite:").unwrap(), sql),
            Engine::Postgres => postgres_rows(&self.address(), sql),
        }
    }

    /// The one number that a statement answers.
    pub(crate) fn number(&self, sql: &str) -> i64 {
        self.rows(sql)[0][0].parse().unwrap()
    }

    /// Runs a statement in a transaction that stays open until what is answered is called.
    pub(crate) fn hold_up(&self, sql: &str) -> Box<dyn FnOnce()> {
        match self.engine {
            Engine::Sqlite => {
                let connection =
                    rusqlite::Connection::open(self.address().strip_prefix("sqlite:").unwrap()).unwrap();
                connection.execute_batch(&format!("begin immediate; {sql}")).unwrap();
                Box::new(move || connection.execute_batch("rollback").unwrap())
            }
            Engine::Postgres => {
                let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
                let client = runtime.block_on(async {
                    let (client, connection) = tokio_postgres::connect(&self.address(), NoTls).await.unwrap();
                    tokio::spawn(connection);
                    client.batch_execute(&format!("begin; {sql}")).await.unwrap();
                    client
                });
                Box::new(move || runtime.block_on(client.batch_execute("rollback")).unwrap())
            }
        }
    }

    /// The keyed hash under which a secret is stored, as hexadecimal digits (ADR 0006).
    pub(crate) fn lookup(&self, secret: &str) -> String {
        let file = match self.engine {
            Engine::Sqlite => self.folder().join("test.db.key"),
            Engine::Postgres => self.folder().join(".local/state/rollcall/secret.key"),
        };
        let text = std::fs::read_to_string(file).unwrap();
        let digits = text.trim().as_bytes().chunks(2);
        let key: Vec<u8> = digits
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect();
        let keyed = |key: &[u8], text: &str| {
            let hash = Hmac::<Sha256>::new_from_slice(key).unwrap();
            hash.chain_update(text).finalize().into_bytes()
        };
        let hash = keyed(&keyed(&key, "rollcall look-up"), secret);
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Ran {
    /// Runs a command to its end, which it must reach by itself.
    pub(crate) fn of(command: Command) -> Self {
        let (status, out, err) = Process::start(command).ended();
        let text = |lines: Vec<String>| lines.iter().map(|line| format!("{line}\n")).collect();
        Self { code: status.code(), out: text(out), err: text(err) }
    }
}

impl Server {
    /// A connection whose requests carry a key.
    pub(crate) fn client(&self, key: &str) -> Client {
        Client::open(self.address, key).unwrap()
    }
}

fn sqlite_rows(path: &str, sql: &str) -> Vec<Vec<String>> {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.busy_timeout(super::PATIENCE).unwrap();
    let mut statement = connection.prepare(sql).unwrap();
    let columns = statement.column_count();
    let rows =
        statement.query_map([], |row| (0..columns).map(|column| row.get(column).map(text_of)).collect());
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

fn text_of(value: SqlValue) -> String {
    match value {
        SqlValue::Null => String::new(),
        SqlValue::Integer(number) => number.to_string(),
        SqlValue::Text(text) => text,
        other => panic!("no text: {other:?}"),
    }
}

fn postgres_rows(url: &str, sql: &str) -> Vec<Vec<String>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
        tokio::spawn(connection);
        let messages = client.simple_query(sql).await.unwrap();
        let rows = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        rows.map(|row| (0..row.len()).map(|i| row.get(i).unwrap_or_default().to_owned()).collect())
            .collect()
    })
}
