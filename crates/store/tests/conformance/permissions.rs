//! Permissions: one value for each of a role of an app, and gone with the role.

use rollcall_model::{AppId, Millis, Permission, PermissionValue};
use rollcall_store::permissions::{self, Granted};
use rollcall_store::{Sql, roles};
use rollcall_testkit::Engine;

use crate::house::{House, NOW, club, role, shop};

rollcall_testkit::on_both_engines! {
    every_permission_is_kept_as_it_was_set,
    the_last_value_counts,
    what_is_unset_is_gone,
    permissions_go_with_their_role,
    an_unreadable_value_is_told,
}

static ROWS: Sql = Sql::new("test.rows", "select count(*) from permissions where app = $1");
static SPOIL: Sql =
    Sql::new("test.spoil", "update permissions set value = '7' where app = $1 returning value");

fn list(items: &[&str]) -> PermissionValue {
    PermissionValue::List(items.iter().map(|&item| item.to_owned()).collect())
}

impl House {
    async fn set(&self, app: &AppId, id: &str, permission: Permission, value: PermissionValue, now: Millis) {
        let (app, id) = (app.clone(), role(id));
        self.run(move |tx| permissions::set(tx, &app, &id, permission, &value, now))
            .await;
    }

    async fn granted(&self, app: &AppId, id: &str) -> Vec<Granted> {
        let (app, id) = (app.clone(), role(id));
        self.look(move |tx| permissions::of(tx, &app, &id)).await
    }
}

async fn house(engine: Engine) -> House {
    let house = House::new(engine).await;
    for app in [shop(), club()] {
        house.make_role(&app, "vip").await;
        house.make_role(&app, "guest").await;
    }
    house
}

async fn every_permission_is_kept_as_it_was_set(engine: Engine) {
    let house = house(engine).await;
    let mut expected = Vec::new();
    for (&permission, at) in Permission::ALL.iter().zip(1..) {
        let value = match permission.default_value() {
            PermissionValue::Text("allow") => PermissionValue::Text("deny"),
            PermissionValue::Text(_) => PermissionValue::Text("friends"),
            PermissionValue::List(_) => match permission.kind().available() {
                [] => list(&["vip", "guest"]),
                [first, ..] => list(&[first]),
            },
        };
        expected.push(Granted { permission, value, updated_at: Millis(at) });
    }
    for Granted { permission, value, updated_at } in expected.iter().rev().cloned() {
        house.set(&shop(), "vip", permission, value, updated_at).await;
    }
    assert_eq!(house.granted(&shop(), "vip").await, expected);
    assert!(house.granted(&shop(), "guest").await.is_empty());
    assert!(house.granted(&club(), "vip").await.is_empty());
}

async fn the_last_value_counts(engine: Engine) {
    let house = house(engine).await;
    let permission = Permission::SendMessageAllowedMimeTypes;
    house.set(&club(), "vip", permission, list(&["a/b"]), NOW).await;
    house.set(&shop(), "vip", permission, list(&["a/b"]), NOW).await;
    let (value, updated_at) = (list(&["\"quoted\" 🦀", "image/*"]), Millis(NOW.0 + 1));
    house.set(&shop(), "vip", permission, value.clone(), updated_at).await;
    assert_eq!(house.granted(&shop(), "vip").await, [Granted { permission, value, updated_at }]);
    assert_eq!(house.granted(&club(), "vip").await[0].value, list(&["a/b"]));
}

async fn what_is_unset_is_gone(engine: Engine) {
    let house = house(engine).await;
    let (a, b) = (Permission::ListUsers, Permission::ListUsersMode);
    for (app, id) in [(shop(), "vip"), (shop(), "guest"), (club(), "vip")] {
        house.set(&app, id, a, PermissionValue::Text("deny"), NOW).await;
        house.set(&app, id, b, PermissionValue::Text("friends"), NOW).await;
    }
    let unset = |permission| house.run(move |tx| permissions::unset(tx, &shop(), &role("vip"), permission));
    assert!(unset(a).await);
    assert!(!unset(a).await);
    assert!(!unset(Permission::JoinGroup).await);
    let left: Vec<_> = house.granted(&shop(), "vip").await.into_iter().map(|g| g.permission).collect();
    assert_eq!(left, [b]);
    assert_eq!(house.granted(&shop(), "guest").await.len(), 2);
    assert_eq!(house.granted(&club(), "vip").await.len(), 2);
}

async fn permissions_go_with_their_role(engine: Engine) {
    let house = house(engine).await;
    for app in [shop(), club()] {
        house
            .set(&app, "vip", Permission::ListUsers, PermissionValue::Text("deny"), NOW)
            .await;
    }
    assert!(house.run(|tx| roles::delete(tx, &shop(), &role("vip"), NOW)).await);
    assert_eq!((house.number(&ROWS, &shop()).await, house.number(&ROWS, &club()).await), (0, 1));
}

async fn an_unreadable_value_is_told(engine: Engine) {
    let house = house(engine).await;
    house
        .set(&shop(), "vip", Permission::ListUsers, PermissionValue::Text("deny"), NOW)
        .await;
    house.run(|tx| tx.row(&SPOIL, &["shop".into()], |_| Ok(()))).await;
    let read = house.read("test.read", |tx| permissions::of(tx, &shop(), &role("vip"))).await;
    let told = read.unwrap_err().to_string();
    assert!(told.contains("listUsers") && !told.contains('7'), "{told}");
}
