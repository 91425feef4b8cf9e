//! The accounts of a user, as the user's record shows them.

use rollcall_model::{AccountStatus, AppId, MemberRole, UserKey};
use rollcall_store::{Sql, member_accounts};
use rollcall_testkit::Engine;

use crate::house::{House, NOW, club, plain, shop};

rollcall_testkit::on_both_engines! { accounts_come_by_their_numbers }

static ACCOUNT: Sql = Sql::new(
    "test.account",
    "insert into accounts (app, name, locale, status, features, limits, custom_attributes, created_at)
     values ($1, $2, 'en', $3, '[]', '{}', '{}', $4) returning id",
);
static MEMBERSHIP: Sql = Sql::new(
    "test.membership",
    "insert into memberships (app, account, user_key, role, created_at, updated_at) values ($1, $2, $3, $4, $5, $5)
     returning id",
);

async fn account(house: &House, app: AppId, name: &'static str, status: &'static str) -> i64 {
    house
        .run(move |tx| {
            let params = [app.as_str().into(), name.into(), status.into(), NOW.0.into()];
            tx.row(&ACCOUNT, &params, |row| row.int(0))
        })
        .await
}

async fn join(
    house: &House,
    app: AppId,
    account: i64,
    UserKey(user): UserKey,
    role: Option<&'static str>,
) -> i64 {
    house
        .run(move |tx| {
            let params = [app.as_str().into(), account.into(), user.into(), role.into(), NOW.0.into()];
            tx.row(&MEMBERSHIP, &params, |row| row.int(0))
        })
        .await
}

async fn accounts_come_by_their_numbers(engine: Engine) {
    let house = House::new(engine).await;
    let mira = house.insert(&shop(), plain("mira")).await;
    let tom = house.insert(&shop(), plain("tom")).await;
    let first = account(&house, shop(), "Shop", "active").await;
    let second = account(&house, shop(), "Attic", "suspended").await;
    let later = join(&house, shop(), second, mira.key, Some("administrator")).await;
    let latest = join(&house, shop(), first, mira.key, None).await;
    join(&house, shop(), first, tom.key, Some("agent")).await;

    let of_mira = member_accounts::of_user(&house, &shop(), mira.key).await.unwrap();
    let shown: Vec<_> = of_mira
        .iter()
        .map(|account| {
            (account.membership, account.id.0, account.name.as_str(), account.status, account.role)
        })
        .collect();
    let expected = [
        (latest, first, "Shop", AccountStatus::Active, None),
        (later, second, "Attic", AccountStatus::Suspended, Some(MemberRole::Administrator)),
    ];
    assert_eq!(shown, expected);
    assert!(later < latest);
    assert!(member_accounts::of_user(&house, &club(), mira.key).await.unwrap().is_empty());
}
