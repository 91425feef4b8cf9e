//! Databases to throw away.

use std::sync::atomic::{AtomicU32, Ordering};

use rollcall_store::{Database, Options, Store};
use tempfile::TempDir;

/// Where the private PostgreSQL cluster of this test run listens; `scripts/with-postgres` sets it.
const CLUSTER: &str = "ROLLCALL_TEST_POSTGRES";

/// One of the engines that every test of the store and above runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The embedded engine.
    Sqlite,
    /// A private PostgreSQL cluster.
    Postgres,
}

/// An empty database of its own, gone when this is dropped.
#[derive(Debug)]
pub struct Scratch {
    database: Database,
    folder: TempDir,
    /// The name of the PostgreSQL database, to drop it.
    name: Option<String>,
}

impl Scratch {
    /// Makes an empty database.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        match engine {
            Engine::Sqlite => {
                let database = Database::Sqlite(folder.path().join("test.db"));
                Self { database, folder, name: None }
            }
            Engine::Postgres => {
                static NEXT: AtomicU32 = AtomicU32::new(0);
                let number = NEXT.fetch_add(1, Ordering::Relaxed);
                let name = format!("rollcall_test_{}_{number}", std::process::id());
                administer(&format!("create database {name} template template0"));
                let database = Database::Postgres(url_of(&name));
                Self { database, folder, name: Some(name) }
            }
        }
    }

    /// Its address.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Its address as the command line takes it.
    #[must_use]
    pub fn address(&self) -> String {
        match &self.database {
            Database::Sqlite(path) => format!("sqlite:{}", path.display()),
            Database::Postgres(url) => url.clone(),
        }
    }

    /// A folder that lives as long as the database.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Opens it, migrated, with a small pool, as a command beside a server does.
    #[must_use]
    pub fn store(&self) -> Store {
        self.open(false)
    }

    /// Opens it as a server does: with the record cache.
    #[must_use]
    pub fn serving_store(&self) -> Store {
        self.open(true)
    }

    fn open(&self, serving: bool) -> Store {
        let options = Options {
            transaction_connections: 4,
            read_connections: 2,
            serving,
            record_cache: 1 << 20,
            few_users: Some(4),
            ..Options::default()
        };
        let store = Store::open(&self.database, &options).expect("the scratch database opens");
        // So that tests always go the same way; where there is no index this answers at once.
        let _indexed = store.wait_for_index();
        store
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            administer(&format!("drop database if exists {name} with (force)"));
        }
    }
}

fn cluster() -> String {
    #[expect(clippy::disallowed_methods, reason = "the test run's own setting")]
    let url = std::env::var(CLUSTER);
    url.unwrap_or_else(|_| panic!("{CLUSTER} is not set: run the tests with `make test`, or this one with `scripts/with-postgres cargo test …`"))
}

fn url_of(name: &str) -> String {
    let cluster = cluster();
    let (server, _) = cluster.rsplit_once('/').expect("a database in the cluster's address");
    format!("{server}/{name}")
}

/// Runs one statement as the cluster's superuser, on a thread of its own: the caller may be inside a runtime.
fn administer(statement: &str) {
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let (client, connection) = tokio_postgres::connect(&cluster(), tokio_postgres::NoTls)
                    .await
                    .expect("the test cluster");
                tokio::spawn(connection);
                client.batch_execute(statement).await.expect(statement);
            });
        });
    });
}
