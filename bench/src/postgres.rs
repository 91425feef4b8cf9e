//! The private cluster: its settings, its processes, and the databases made in it for a run.

use anyhow::{Context as _, ensure};
use tokio_postgres::{Client, NoTls};
use url::Url;

use crate::procfs;
use crate::records;

/// Rollcall's database during a run.
pub(crate) const ROLLCALL_DATABASE: &str = "rollcall_bench";
/// pgbench's database during a run.
pub(crate) const FLOOR_DATABASE: &str = "rollcall_bench_floor";

/// Tables of pgbench's database.
const FLOOR_SCHEMA: &str = include_str!("floor.sql");

/// A running cluster.
#[derive(Debug)]
pub(crate) struct Cluster {
    url: Url,
    /// The process that all server processes descend from.
    pub(crate) postmaster: u32,
    /// Version and settings that matter, for the report.
    pub(crate) facts: String,
}

impl Cluster {
    /// Looks at the cluster, and refuses it when its commits are not durable.
    pub(crate) async fn open(url: &str) -> anyhow::Result<Self> {
        let url = Url::parse(url).context("the PostgreSQL URL")?;
        let client = connect(&url).await?;
        let backend: i32 = client.query_one("select pg_backend_pid()", &[]).await?.get(0);
        let postmaster =
            procfs::parent(u32::try_from(backend)?).context("the cluster does not run on this machine")?;
        let mut facts = Vec::new();
        for name in ["server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers"] {
            let value: String = client.query_one(&format!("show {name}"), &[]).await?.get(0);
            let durable =
                !matches!(name, "fsync" | "synchronous_commit" | "full_page_writes") || value == "on";
            ensure!(durable, "{name} is {value} in the cluster: a comparison with it would not be honest");
            facts.push(format!("{name} {value}"));
        }
        Ok(Self { url, postmaster, facts: facts.join(", ") })
    }

    /// URL of one of its databases.
    pub(crate) fn url_of(&self, database: &str) -> String {
        let mut url = self.url.clone();
        url.set_path(database);
        url.into()
    }

    /// Makes an empty database, in place of one that an earlier run may have left.
    pub(crate) async fn create(&self, database: &str) -> anyhow::Result<()> {
        self.drop(database).await?;
        connect(&self.url)
            .await?
            .batch_execute(&format!("create database {database} template template0"))
            .await?;
        Ok(())
    }

    /// Drops a database and whoever is connected to it.
    pub(crate) async fn drop(&self, database: &str) -> anyhow::Result<()> {
        let client = connect(&self.url).await?;
        Ok(client
            .batch_execute(&format!("drop database if exists {database} with (force)"))
            .await?)
    }

    /// Makes and fills pgbench's database.
    pub(crate) async fn create_floor(&self, users: u32) -> anyhow::Result<()> {
        self.create(FLOOR_DATABASE).await?;
        let client = connect(&Url::parse(&self.url_of(FLOOR_DATABASE))?).await?;
        client.batch_execute(FLOOR_SCHEMA).await?;
        client.batch_execute(&fill(users)).await?;
        client.batch_execute("vacuum analyze").await?;
        client.batch_execute("checkpoint").await?;
        Ok(())
    }
}

fn fill(users: u32) -> String {
    let (first, name, metadata) = (records::FIRST_USER, records::NAME, records::METADATA);
    let per_user =
        |text: &str| format!("'{}'", text.replace(records::FIRST_UID, &format!("' || {} || '", uid("i"))));
    format!(
        "insert into users (app, uid, user_id, klaim_id, name, name_key, avatar, link, status_message, role, metadata, tags, \
            created_at, updated_at) \
         select 'bench', {uid}, {uid}, '1700000000000_' || i, '{name}', lower('{name}'), {avatar}, {link}, \
            '{status}{revision}', 'default', {metadata}, '[\"north\",\"beta\"]', 1700000000000, 1700000000000 \
         from generate_series({first}, {last}) i",
        uid = uid("i"),
        avatar = per_user(records::AVATAR),
        link = per_user(records::LINK),
        metadata = per_user(metadata),
        status = records::STATUS_PREFIX,
        revision = records::REVISION,
        last = first + users - 1,
    )
}

/// SQL for the uid of the user with the number that `number` stands for.
pub(crate) fn uid(number: &str) -> String {
    format!("'{}' || {number}", records::UID_PREFIX)
}

async fn connect(url: &Url) -> anyhow::Result<Client> {
    let (client, connection) = tokio_postgres::connect(url.as_str(), NoTls)
        .await
        .context("connecting to PostgreSQL")?;
    // It ends with the client; what goes wrong shows in the client's next call.
    tokio::spawn(async move { drop(connection.await) });
    Ok(client)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands between two marks of Rollcall's first migration.
    fn section<'a>(schema: &'a str, from: &str, to: &str) -> &'a str {
        let start = schema.find(from).unwrap();
        let end = schema[start..].find(to).map_or(schema.len(), |end| start + end);
        &schema[start..end]
    }

    fn lines(text: &str) -> Vec<String> {
        let lines = text.lines().filter(|line| !line.trim_start().starts_with("--"));
        let lines = lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        lines
            .map(|line| line.trim_end_matches([',', ';']).to_owned())
            .filter(|line| !line.is_empty() && !line.starts_with("foreign key"))
            .collect()
    }

    /// The texts of Rollcall's migrations, in order.
    fn migrations() -> Vec<String> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations/postgres");
        let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut paths: Vec<_> = paths.collect();
        paths.sort();
        paths.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
    }

    /// Has a later migration change what the first one made of users and events.
    fn migrate(made: &mut Vec<String>, migration: &str) {
        let statements = lines(migration).into_iter();
        for line in statements.filter(|line| !line.starts_with("create table")) {
            let of_table = |before: &str| ["users", "events"].map(|table| format!("{before} {table} "));
            if let Some(index) = line.strip_prefix("drop index ") {
                let index = format!(" index {index} on ");
                made.retain(|line| !line.contains(&index));
            } else if line.contains(" index ") && of_table(" on").iter().any(|on| line.contains(on)) {
                made.push(line);
            } else if let Some(alter) = of_table("alter table").iter().find(|alter| line.starts_with(*alter))
            {
                let column = line[alter.len()..].strip_prefix("add column ");
                made.push(column.expect("a change that this test knows").to_owned());
            }
        }
    }

    /// A comparison is fair only while both sides write the same rows and indexes.
    #[test]
    fn pgbench_has_the_tables_of_the_product_but_for_foreign_keys() {
        let migrations = migrations();
        let users = section(&migrations[0], "create table users (", "create table user_tags");
        let events = section(&migrations[0], "create table events (", "create table nothing");
        let mut expected = [lines(users), lines(events)].concat();
        for migration in &migrations[1..] {
            migrate(&mut expected, migration);
        }
        let mut floor = lines(FLOOR_SCHEMA);
        expected.sort();
        floor.sort();
        assert_eq!(floor, expected);
    }
}
