//! Roles: made once in an app, and an app's own.

use rollcall_model::{
    AppId, Audience, DEFAULT_ROLE, Document, Listing, Millis, NewUser, Page, Patch, Role, RolePatch,
};
use rollcall_store::{Sql, roles};
use rollcall_testkit::Engine;

use crate::house::{House, NOW, bare_role, club, plain, role, shop};

static REVISION: Sql =
    Sql::new("test.revision", "select revision from users where app = $1 and uid = 'mira'");

rollcall_testkit::on_both_engines! {
    a_role_is_made_and_found,
    an_id_is_taken_once_in_an_app,
    a_user_cannot_have_a_role_of_another_app,
    a_change_leaves_the_rest_alone,
    what_is_cleared_has_no_value,
    an_unknown_role_is_not_changed,
    a_list_is_newest_first_and_by_id_within_a_second,
    whoever_has_a_role_that_goes_gets_the_default_role,
    everybody_who_has_a_role_that_goes_is_moved,
    an_unknown_role_is_not_deleted,
}

fn full() -> Role {
    Role {
        name: "Editor".to_owned(),
        description: Some("may post".to_owned()),
        metadata: Some(Document::stored(r#"{"desk":"b"}"#)),
        list_users: Some(Audience::All),
        send_messages_to: Some(Audience::FriendsOnly),
        ..bare_role("editor")
    }
}

impl House {
    async fn make(&self, app: AppId, role: Role) {
        assert!(self.run(move |tx| roles::insert(tx, &app, &role)).await);
    }

    async fn role(&self, app: &AppId, id: &str) -> Option<Role> {
        let found = roles::get(self, app, &role(id)).await.unwrap();
        let (app, id) = (app.clone(), role(id));
        let again = self.look(move |tx| roles::find(tx, &app, &id)).await;
        assert_eq!(found, again, "found alike in a transaction and outside");
        found
    }

    async fn change(&self, app: &AppId, id: &str, patch: RolePatch, now: Millis) -> Option<Role> {
        let (app, id) = (app.clone(), role(id));
        self.run(move |tx| roles::update(tx, &app, &id, &patch, now)).await
    }

    async fn remove(&self, app: &AppId, id: &str, now: Millis) -> bool {
        let (app, id) = (app.clone(), role(id));
        self.run(move |tx| roles::delete(tx, &app, &id, now)).await
    }
}

async fn a_change_leaves_the_rest_alone(engine: Engine) {
    let house = House::new(engine).await;
    house.make(shop(), full()).await;
    house.make(club(), full()).await;
    let later = Millis(NOW.0 + 7);
    let keep = RolePatch::default;
    let mut expected = Role { updated_at: Some(later), ..full() };
    let patch = RolePatch { name: Patch::Set("Redakteurin 🖋".to_owned()), ..keep() };
    expected.name = "Redakteurin 🖋".to_owned();
    assert_eq!(house.change(&shop(), "editor", patch, later).await.as_ref(), Some(&expected));
    let patch = RolePatch { description: Patch::Set("posts".to_owned()), ..keep() };
    expected.description = Some("posts".to_owned());
    assert_eq!(house.change(&shop(), "editor", patch, later).await.as_ref(), Some(&expected));
    let patch = RolePatch {
        metadata: Patch::Set(Document::stored("{\"a\":1}")),
        ..keep()
    };
    expected.metadata = Some(Document::stored("{\"a\":1}"));
    assert_eq!(house.change(&shop(), "editor", patch, later).await.as_ref(), Some(&expected));
    let patch = RolePatch { list_users: Patch::Set(Audience::FriendsOnly), ..keep() };
    expected.list_users = Some(Audience::FriendsOnly);
    assert_eq!(house.change(&shop(), "editor", patch, later).await.as_ref(), Some(&expected));
    let patch = RolePatch { send_messages_to: Patch::Set(Audience::All), ..keep() };
    expected.send_messages_to = Some(Audience::All);
    assert_eq!(house.change(&shop(), "editor", patch, later).await.as_ref(), Some(&expected));
    assert_eq!(house.role(&shop(), "editor").await, Some(expected));
    assert_eq!(house.role(&club(), "editor").await, Some(full()), "another app's is another");
    assert_eq!(house.role(&shop(), DEFAULT_ROLE).await.unwrap().updated_at, None);
}

async fn what_is_cleared_has_no_value(engine: Engine) {
    let house = House::new(engine).await;
    house.make(shop(), full()).await;
    let patch = RolePatch {
        name: Patch::Keep,
        description: Patch::Clear,
        metadata: Patch::Clear,
        list_users: Patch::Clear,
        send_messages_to: Patch::Clear,
    };
    let cleared = Role {
        name: "Editor".to_owned(),
        updated_at: Some(NOW),
        ..bare_role("editor")
    };
    assert_eq!(house.change(&shop(), "editor", patch, NOW).await.as_ref(), Some(&cleared));
    assert_eq!(house.role(&shop(), "editor").await, Some(cleared));
}

async fn an_unknown_role_is_not_changed(engine: Engine) {
    let house = House::new(engine).await;
    house.make(club(), full()).await;
    let patch = || RolePatch { name: Patch::Set("x".to_owned()), ..RolePatch::default() };
    for id in ["editor", "ghost"] {
        assert_eq!(house.change(&shop(), id, patch(), NOW).await, None);
    }
    assert_eq!(house.role(&club(), "editor").await, Some(full()));
}

async fn a_list_is_newest_first_and_by_id_within_a_second(engine: Engine) {
    let house = House::new(engine).await;
    let second = NOW.0 - NOW.0 % 1000 + 10_000;
    for (id, at) in [("b_1", second + 999), ("a-9", second), ("z", second + 1000), ("b-1", second + 500)] {
        house.make(shop(), Role { created_at: Millis(at), ..bare_role(id) }).await;
    }
    house.make(club(), bare_role("vip")).await;
    let page = async |number, size| {
        let Listing { items, total } =
            house.look(move |tx| roles::list(tx, &shop(), Page { number, size })).await;
        let ids: Vec<_> = items.iter().map(|role| role.role.to_string()).collect();
        (ids.join(" "), total)
    };
    assert_eq!(page(1, 100).await, ("z a-9 b-1 b_1 default".to_owned(), 5));
    assert_eq!(page(1, 2).await, ("z a-9".to_owned(), 5));
    assert_eq!(page(3, 2).await, ("default".to_owned(), 5));
    assert_eq!(page(4, 2).await, (String::new(), 5));
    assert_eq!(page(i64::MAX, 1000).await, (String::new(), 5));
    assert_eq!(house.look(|tx| roles::count(tx, &shop())).await, 5);
    assert_eq!(house.look(|tx| roles::count(tx, &club())).await, 2);
}

async fn whoever_has_a_role_that_goes_gets_the_default_role(engine: Engine) {
    let house = House::new(engine).await;
    for app in [shop(), club()] {
        house.make(app.clone(), full()).await;
        house.make(app.clone(), bare_role("vip")).await;
        for (name, held) in [("mira", "editor"), ("leo", "editor"), ("ana", "vip")] {
            house.insert(&app, NewUser { role: Some(role(held)), ..plain(name) }).await;
        }
        house.deactivate(&app, "leo").await;
    }
    // The records are in memory before the role goes.
    assert_eq!(house.find(&shop(), "mira").await.unwrap().role, role("editor"));
    let ana = house.find(&shop(), "ana").await;
    let before = house.number(&REVISION, &shop()).await;
    let later = Millis(NOW.0 + 5_000);
    assert!(house.remove(&shop(), "editor", later).await);

    let mira = house.find(&shop(), "mira").await.unwrap();
    assert_eq!((mira.role.as_str(), mira.updated_at), (DEFAULT_ROLE, Some(later)));
    assert_eq!(house.number(&REVISION, &shop()).await, before + 1);
    house.reactivate(&shop(), "leo").await;
    let leo = house.find(&shop(), "leo").await.unwrap();
    assert_eq!((leo.role.as_str(), leo.updated_at), (DEFAULT_ROLE, Some(later)));
    assert_eq!(house.find(&shop(), "ana").await, ana);
    assert_eq!(house.role(&shop(), "editor").await, None);
    assert!(house.role(&shop(), "vip").await.is_some());
    // Nothing of this reaches the neighbour.
    assert_eq!(house.find(&club(), "mira").await.unwrap().role, role("editor"));
    assert_eq!(house.role(&club(), "editor").await, Some(full()));
    // The id is free again.
    house.make(shop(), bare_role("editor")).await;
    assert_eq!(house.find(&shop(), "mira").await.unwrap().role.as_str(), DEFAULT_ROLE);
}

/// More than one statement moves.
async fn everybody_who_has_a_role_that_goes_is_moved(engine: Engine) {
    static MANY: Sql = Sql::new(
        "test.many",
        "with recursive n (n) as (select 1 union all select n + 1 from n where n < 20001)
         insert into users (app, uid, user_id, klaim_id, role, created_at)
         select cast($1 as text), 'u' || n, 'u' || n, 'k' || n, 'vip', 1 from n",
    );
    static LEFT: Sql = Sql::new("test.left", "select count(*) from users where app = $1 and role = 'vip'");
    static MOVED: Sql = Sql::new(
        "test.moved",
        "select count(*) from users where app = $1 and role = 'default' and updated_at = 9",
    );
    let house = House::new(engine).await;
    house.make_role(&shop(), "vip").await;
    house.run(|tx| tx.exec(&MANY, &["shop".into()])).await;
    assert_eq!(house.number(&LEFT, &shop()).await, 20_001);
    assert!(house.remove(&shop(), "vip", Millis(9)).await);
    assert_eq!((house.number(&LEFT, &shop()).await, house.number(&MOVED, &shop()).await), (0, 20_001));
}

async fn an_unknown_role_is_not_deleted(engine: Engine) {
    let house = House::new(engine).await;
    house.make(club(), full()).await;
    for id in ["editor", "ghost"] {
        assert!(!house.remove(&shop(), id, NOW).await);
    }
    assert!(house.remove(&club(), "editor", NOW).await);
    assert!(!house.remove(&club(), "editor", NOW).await);
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
