//! Roles: made once in an app, and an app's own.

use rollcall_model::{DEFAULT_ROLE, Millis, Role};
use rollcall_store::roles;
use rollcall_testkit::Engine;

use crate::house::{House, NOW, bare_role, club, plain, role, shop};

rollcall_testkit::on_both_engines! {
    a_role_is_made_and_found,
    an_id_is_taken_once_in_an_app,
    a_user_cannot_have_a_role_of_another_app,
}

async fn a_role_is_made_and_found(engine: Engine) {
    let house = House::new(engine).await;
    let made = Role {
        name: "Nachtschicht 🌙".to_owned(),
        created_at: Millis(3),
        ..bare_role("night-shift_2")
    };
    let new = made.clone();
    assert!(house.run(move |tx| roles::insert(tx, &shop(), &new)).await);
    assert_eq!(house.look(|tx| roles::find(tx, &shop(), &role("night-shift_2"))).await, Some(made));
    assert_eq!(house.look(|tx| roles::find(tx, &shop(), &role("night-shift"))).await, None);
    assert_eq!(house.look(|tx| roles::find(tx, &club(), &role("night-shift_2"))).await, None);
}

async fn an_id_is_taken_once_in_an_app(engine: Engine) {
    let house = House::new(engine).await;
    house.make_role(&shop(), "vip").await;
    house.make_role(&club(), "vip").await;
    for id in ["vip", DEFAULT_ROLE] {
        let again = Role { name: "again".to_owned(), ..bare_role(id) };
        assert!(!house.run(move |tx| roles::insert(tx, &shop(), &again)).await);
        let kept = house.look(move |tx| roles::find(tx, &shop(), &role(id))).await.unwrap();
        assert_ne!(kept.name, "again");
    }
}

async fn a_user_cannot_have_a_role_of_another_app(engine: Engine) {
    let house = House::new(engine).await;
    house.make_role(&club(), "vip").await;
    let mut new = plain("mira");
    new.role = Some(role("vip"));
    let klaim_id = house.next_klaim_id();
    house
        .refused(move |tx| rollcall_store::users::insert(tx, &shop(), &new, &klaim_id, NOW))
        .await;
    assert_eq!(house.find(&shop(), "mira").await, None);
}
