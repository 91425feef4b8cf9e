//! Apps: made once, each with its default role.

use rollcall_model::{App, AppName, DEFAULT_ROLE, Limits, Millis};
use rollcall_store::{apps, roles};
use rollcall_testkit::Engine;

use crate::house::{House, NOW, app, role, shop};

rollcall_testkit::on_both_engines! {
    an_app_is_made_and_found,
    an_id_is_taken_once,
    an_app_is_born_with_the_default_role,
    apps_are_listed_by_code_point,
    an_app_has_limits_of_its_own,
}

fn name(text: &str) -> AppName {
    AppName::parse(text).unwrap()
}

async fn an_app_has_limits_of_its_own(engine: Engine) {
    let house = House::new(engine).await;
    let limits = async |id: &str| apps::limits(&house, &app(id)).await.unwrap();
    assert_eq!(limits("shop").await, Some(Limits::default()));
    assert_eq!(limits("nowhere").await, None);
    for own in [
        Limits { core: Some(7), standard: None },
        Limits { core: Some(0), standard: Some(u32::MAX) },
        Limits { core: None, standard: None },
    ] {
        assert!(house.run(move |tx| apps::limit(tx, &shop(), own)).await);
        assert_eq!((limits("shop").await, limits("club").await), (Some(own), Some(Limits::default())));
    }
    assert!(!house.run(|tx| apps::limit(tx, &app("nowhere"), Limits::default())).await);
}

async fn an_app_is_made_and_found(engine: Engine) {
    let house = House::new(engine).await;
    let made = App {
        id: app("acme"),
        name: name("Ácme 🏪 \"%_\\'"),
        created_at: Millis(7),
    };
    let (id, label) = (made.id.clone(), made.name.clone());
    assert!(house.run(move |tx| apps::insert(tx, &id, &label, Millis(7))).await);
    assert_eq!(apps::find(&house, &made.id).await.unwrap(), Some(made));
    assert_eq!(apps::find(&house, &app("acm")).await.unwrap(), None);
}

async fn an_id_is_taken_once(engine: Engine) {
    let house = House::new(engine).await;
    assert!(!house.run(|tx| apps::insert(tx, &shop(), &name("Another"), Millis(9))).await);
    let found = apps::find(&house, &shop()).await.unwrap().unwrap();
    assert_eq!((found.name.as_str(), found.created_at), ("shop", NOW));
}

async fn an_app_is_born_with_the_default_role(engine: Engine) {
    let house = House::new(engine).await;
    let found = house.look(|tx| roles::find(tx, &shop(), &role(DEFAULT_ROLE))).await.unwrap();
    assert_eq!(found.name, "Default Role");
    assert_eq!(found.created_at, NOW);
}

async fn apps_are_listed_by_code_point(engine: Engine) {
    let house = House::new(engine).await;
    for id in ["b", "a-1", "a1", "a", "0", "a-0"] {
        assert!(house.run(move |tx| apps::insert(tx, &app(id), &name(id), NOW)).await);
    }
    let listed = house.look(apps::list).await;
    let ids: Vec<_> = listed.iter().map(|app| app.id.as_str()).collect();
    assert_eq!(ids, ["0", "a", "a-0", "a-1", "a1", "b", "club", "shop"]);
    assert!(listed.iter().all(|app| app.created_at == NOW));
}
