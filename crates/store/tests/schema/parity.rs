//! Both engines hold the same tables, columns, keys and indexes (ADR 0002).

use rollcall_testkit::{Engine, Scratch};

use crate::catalogue::{both, connect};

#[tokio::test]
async fn tables_and_columns_are_the_same() {
    let (sqlite, postgres) = both().await;
    let names =
        |catalogue: &crate::catalogue::Catalogue| catalogue.tables.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&sqlite), names(&postgres));
    assert!(names(&sqlite).contains(&"users".to_owned()));
    for (name, table) in &sqlite.tables {
        assert_eq!(table.columns, postgres.tables[name].columns, "{name}");
    }
}

#[tokio::test]
async fn indexes_are_the_same() {
    let (sqlite, postgres) = both().await;
    assert_eq!(sqlite.indexes, postgres.indexes);
    assert_eq!(sqlite.indexes["users_uid"], "createuniqueindexusers_uidonusersapp,uid");
}

#[tokio::test]
async fn references_are_the_same() {
    let (sqlite, postgres) = both().await;
    for (name, table) in &sqlite.tables {
        assert_eq!(table.references, postgres.tables[name].references, "{name}");
    }
    assert!(sqlite.tables["user_tags"].references.contains(&("users".to_owned(), true)));
}

/// Where the database numbers the rows, the number alone is the key on SQLite and the app leads it on PostgreSQL.
#[tokio::test]
async fn primary_keys_differ_only_where_rows_are_numbered() {
    let (sqlite, postgres) = both().await;
    let mut numbered = Vec::new();
    for (name, table) in &sqlite.tables {
        let other = &postgres.tables[name];
        assert!(!table.primary_key.is_empty(), "{name} has no key");
        if other.numbered {
            numbered.push(name.as_str());
            let [number] = table.primary_key.as_slice() else {
                panic!("{name}: {:?}", table.primary_key)
            };
            assert_eq!(other.primary_key, ["app", number], "{name}");
            // Nothing deletes events, so the newest stays and its number with it.
            assert_eq!(table.numbered, name != "events", "{name}");
        } else {
            assert_eq!(table.primary_key, other.primary_key, "{name}");
            assert!(!table.numbered, "{name}");
        }
    }
    let expected = [
        "accounts",
        "agent_bots",
        "auth_tokens",
        "credentials",
        "credit_changes",
        "events",
        "memberships",
        "users",
    ];
    assert_eq!(numbered, expected);
    let deletes = |sql: &rollcall_store::Sql| sql.text().contains("delete from events");
    assert!(!rollcall_store::statements().into_iter().any(deletes), "see the schema of events");
}

#[tokio::test]
async fn the_app_leads_every_key_of_a_tenants_table() {
    let (sqlite, postgres) = both().await;
    let tenants = postgres
        .tables
        .iter()
        .filter(|(_, table)| table.columns.iter().any(|column| column.0 == "app"));
    for (name, table) in tenants {
        assert_eq!(table.primary_key[0], "app", "{name}");
    }
    let elsewhere: Vec<_> = sqlite
        .indexes
        .iter()
        .filter(|(_, definition)| {
            let (_, columns) = definition.split_once("on").unwrap();
            !sqlite.tables.keys().any(|table| columns.contains(&format!("{table}app")))
        })
        .map(|(name, _)| name.as_str())
        .collect();
    // Found by the secret alone; and by the number of what a row refers to, which deleting that follows.
    assert_eq!(
        elsewhere,
        [
            "agent_bot_pictures_bot",
            "agent_bots_account",
            "auth_tokens_user",
            "blocks_blocked",
            "blocks_user",
            "credentials_lookup",
            "credit_changes_user",
            "friends_friend",
            "friends_user",
            "login_links_lookup",
            "login_links_user",
            "memberships_account",
            "memberships_user",
            "permissibles_credential",
            "sessions_lookup",
            "sessions_user",
            "user_tags_user"
        ]
    );
}

/// SQLite compares by code point; PostgreSQL does so only where told.
#[tokio::test]
async fn text_keys_are_compared_by_code_point() {
    const OTHERWISE: &str = "
        select distinct attrelid::regclass::text || '.' || attname
        from pg_index, unnest(indkey, indcollation) as part (number, collation_id), pg_attribute
        where attrelid = indrelid and attnum = number and atttypid = 'text'::regtype
            and indrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace)
            and collation_id <> (select oid from pg_collation where collname = 'C')
        order by 1";
    let scratch = Scratch::new(Engine::Postgres);
    drop(scratch.store());
    let rows = connect(&scratch).await.query(OTHERWISE, &[]).await.unwrap();
    let names: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert!(names.is_empty(), "{names:?}");
}
