//! Updates: every field kept, cleared and set, through each of the four statements.

use rollcall_model::{DEFAULT_ROLE, Document, Email, Millis, Patch, User, UserKey, UserPatch};
use rollcall_store::events::StoredEvent;
use rollcall_store::users::Unchanged;
use rollcall_testkit::Engine;

use crate::house::{House, NOW, club, everyone, plain, role, shop, texts, uids};

rollcall_testkit::on_both_engines! {
    every_kind_of_patch_on_every_field,
    a_patch_of_everything_at_once,
    an_update_is_stamped,
    nobody_is_updated_who_is_not_there,
    a_new_name_is_what_searches_find,
    a_role_must_be_the_apps_own,
}

const LATER: Millis = Millis(NOW.0 + 1);

fn document(text: &str) -> Document {
    Document::parse(text).unwrap()
}

fn set(text: &str) -> Patch<String> {
    Patch::Set(text.to_owned())
}

/// A house where `mira` has every field filled.
async fn filled(engine: Engine) -> (House, User) {
    let house = House::new(engine).await;
    house.make_role(&shop(), "vip").await;
    house.make_role(&shop(), "guest").await;
    let mut new = plain("mira");
    new.name = Some("Old".to_owned());
    new.avatar = Some("old-avatar".to_owned());
    new.link = Some("old-link".to_owned());
    new.status_message = Some("old-status".to_owned());
    new.role = Some(role("vip"));
    new.metadata = Some(document(r#"{"old":1}"#));
    new.tags = texts(&["old", "older"]);
    let user = house.insert(&shop(), new).await;
    (house, user)
}

/// What the record must be after a patch, by the patch's own law.
fn patched(before: &User, patch: &UserPatch) -> User {
    let UserPatch {
        name,
        avatar,
        link,
        status_message,
        role: new_role,
        metadata,
        tags,
        email,
        user_id,
        display_name,
        custom_attributes,
        password_hash,
        klaim_metadata,
    } = patch.clone();
    let mut after = before.clone();
    after.name = name.apply(after.name);
    after.avatar = avatar.apply(after.avatar);
    after.link = link.apply(after.link);
    after.status_message = status_message.apply(after.status_message);
    after.role = new_role.apply(Some(after.role)).unwrap_or_else(|| role(DEFAULT_ROLE));
    after.metadata = metadata.apply(after.metadata);
    after.tags = tags.apply(Some(after.tags)).unwrap_or_default();
    after.email = email.apply(after.email);
    after.user_id = user_id.unwrap_or(after.user_id);
    after.display_name = display_name.apply(after.display_name);
    after.custom_attributes = match (custom_attributes, after.custom_attributes) {
        (Some(members), Some(held)) => Some(held.merged(&members)),
        (members, held) => members.or(held),
    };
    after.pubsub_generation += i64::from(password_hash.is_some());
    after.klaim_metadata = klaim_metadata.apply(after.klaim_metadata);
    after.updated_at = Some(LATER);
    after
}

async fn check(house: &House, before: &User, patch: UserPatch) -> User {
    let expected = patched(before, &patch);
    let told = house.events(&shop()).await.len();
    let answered = house.update(&shop(), "mira", patch.clone(), LATER).await;
    assert_eq!(answered.as_ref(), Some(&expected), "{patch:?}");
    assert_eq!(house.find(&shop(), "mira").await.as_ref(), Some(&expected), "{patch:?}");
    let events = house.events(&shop()).await.split_off(told);
    let [StoredEvent { seq: _, kind, subject, actor, fields }] = events.as_slice() else {
        panic!("{patch:?}: {events:?}");
    };
    assert_eq!(
        [kind, subject, actor, fields],
        ["user.updated", "mira", "operator", patch.fields().as_str()]
    );
    expected
}

async fn every_kind_of_patch_on_every_field(engine: Engine) {
    fn one(change: impl FnOnce(&mut UserPatch)) -> UserPatch {
        let mut patch = UserPatch::default();
        change(&mut patch);
        patch
    }
    let (house, mut user) = filled(engine).await;
    // Cleared, set again, set anew, each field alone; in between, a patch that keeps everything.
    for round in ["clear", "set", "anew"] {
        let text = |field: &str| {
            if round == "clear" {
                Patch::Clear
            } else {
                set(&format!("{round} {field}"))
            }
        };
        let new_role = if round == "anew" { "vip" } else { "guest" };
        let patches = [
            one(|patch| patch.name = text("name")),
            one(|patch| patch.avatar = text("avatar")),
            one(|patch| patch.link = text("link")),
            one(|patch| patch.status_message = text("status")),
            one(|patch| {
                patch.role = if round == "clear" {
                    Patch::Clear
                } else {
                    Patch::Set(role(new_role))
                }
            }),
            one(|patch| {
                patch.metadata = match round {
                    "clear" => Patch::Clear,
                    _ => Patch::Set(document(&format!(r#"{{"{round}":1}}"#))),
                };
            }),
            one(|patch| {
                patch.tags = match round {
                    "clear" => Patch::Clear,
                    _ => Patch::Set(texts(&[round, "both"])),
                };
            }),
            one(|patch| patch.display_name = text("display")),
            one(|patch| {
                patch.klaim_metadata = match round {
                    "clear" => Patch::Clear,
                    _ => Patch::Set(document(&format!(r#"{{"{round}":1}}"#))),
                };
            }),
            one(|patch| patch.custom_attributes = Some(document(&format!(r#"{{"{round}":1}}"#)))),
            one(|patch| patch.password_hash = Some(format!("hash {round}"))),
            one(|patch| {
                let address = format!("{round}@shop.test");
                patch.email = if round == "clear" {
                    Patch::Clear
                } else {
                    Patch::Set(Email::parse(&address).unwrap())
                };
            }),
            one(|patch| patch.user_id = Some(format!("user {round}"))),
            UserPatch::default(),
        ];
        for patch in patches {
            user = check(&house, &user, patch).await;
        }
    }
    let empty = UserPatch { tags: Patch::Set(Vec::new()), ..UserPatch::default() };
    check(&house, &user, empty).await;
}

async fn a_patch_of_everything_at_once(engine: Engine) {
    let (house, user) = filled(engine).await;
    // Name and role decide which statement is used; the other fields go along with each.
    let names = [Patch::Keep, Patch::Clear, set("New")];
    let roles = [Patch::Keep, Patch::Clear, Patch::Set(role("guest"))];
    let mut user = user;
    for (n, name) in names.iter().enumerate() {
        for (r, new_role) in roles.iter().enumerate() {
            let mark = format!("{n}{r}");
            let patch = UserPatch {
                name: name.clone(),
                role: new_role.clone(),
                avatar: set(&format!("avatar {mark}")),
                link: if n == r {
                    Patch::Clear
                } else {
                    set(&format!("link {mark}"))
                },
                status_message: if n > r {
                    Patch::Keep
                } else {
                    set(&format!("status {mark}"))
                },
                metadata: Patch::Set(document(&format!(r#"{{"mark":"{mark}"}}"#))),
                tags: Patch::Set(texts(&[&mark, "all"])),
                email: Patch::Set(Email::parse(&format!("{mark}@shop.test")).unwrap()),
                user_id: Some(format!("user {mark}")),
                display_name: if n < r {
                    Patch::Clear
                } else {
                    set(&format!("display {mark}"))
                },
                custom_attributes: Some(document(&format!(r#"{{"{mark}":{n},"all":"{mark}"}}"#))),
                password_hash: (n == r).then(|| format!("hash {mark}")),
                klaim_metadata: Patch::Set(document(&format!(r#"{{"klaim":"{mark}"}}"#))),
            };
            user = check(&house, &user, patch).await;
            let clear = UserPatch {
                name: name.clone(),
                role: new_role.clone(),
                avatar: Patch::Clear,
                metadata: Patch::Clear,
                tags: Patch::Clear,
                ..UserPatch::default()
            };
            user = check(&house, &user, clear).await;
        }
    }
}

async fn an_update_is_stamped(engine: Engine) {
    let (house, user) = filled(engine).await;
    assert_eq!(user.updated_at, None);
    for now in [Millis(NOW.0 + 5), Millis(NOW.0 + 3)] {
        let updated = house.update(&shop(), "mira", UserPatch::default(), now).await.unwrap();
        assert_eq!((updated.created_at, updated.updated_at), (NOW, Some(now)));
    }
}

async fn nobody_is_updated_who_is_not_there(engine: Engine) {
    let (house, user) = filled(engine).await;
    let patches = [
        UserPatch { avatar: set("x"), tags: Patch::Clear, ..UserPatch::default() },
        UserPatch { name: set("x"), ..UserPatch::default() },
        UserPatch { role: Patch::Clear, ..UserPatch::default() },
        UserPatch { name: set("x"), role: Patch::Clear, ..UserPatch::default() },
        UserPatch { avatar: set("x"), ..UserPatch::default() },
        UserPatch { display_name: set("x"), ..UserPatch::default() },
    ];
    for patch in &patches {
        assert_eq!(house.update(&shop(), "mir", patch.clone(), LATER).await, None);
        assert_eq!(house.update(&club(), "mira", patch.clone(), LATER).await, None);
    }
    house.deactivate(&shop(), "mira").await;
    for patch in patches {
        assert_eq!(house.update(&shop(), "mira", patch, LATER).await, None);
    }
    house.reactivate(&shop(), "mira").await;
    assert_eq!(house.find(&shop(), "mira").await, Some(user));
    for app in [shop(), club()] {
        assert!(house.events(&app).await.is_empty(), "what did not happen has no event");
    }
}

/// On PostgreSQL a uid can change hands between two statements of a transaction.
#[tokio::test]
async fn a_user_that_was_looked_up_is_changed_only_under_its_number() {
    let (house, user) = filled(Engine::Postgres).await;
    let changes: [fn(&mut UserPatch); 3] = [
        |patch| patch.avatar = Patch::Clear,
        |patch| patch.name = Patch::Clear,
        |patch| patch.display_name = set("x"),
    ];
    let patches = changes.map(|change| {
        let mut patch = UserPatch::default();
        change(&mut patch);
        patch
    });
    for patch in &patches {
        let another = Some(UserKey(user.key.0 + 1));
        let outcome = house.update_numbered(&shop(), another, "mira", patch.clone(), LATER).await;
        assert_eq!(outcome, Err(Unchanged::Unknown), "{patch:?}");
    }
    assert_eq!(house.find(&shop(), "mira").await.as_ref(), Some(&user));
    assert!(house.events(&shop()).await.is_empty());
    for patch in patches {
        let outcome = house.update_numbered(&shop(), Some(user.key), "mira", patch, LATER).await;
        assert!(outcome.is_ok(), "{outcome:?}");
    }
    assert_eq!(house.events(&shop()).await.len(), 3);
}

async fn a_new_name_is_what_searches_find(engine: Engine) {
    let (house, _) = filled(engine).await;
    let search = |key: &str| {
        let mut query = everyone();
        query.search = Some(rollcall_model::UserSearch { key: key.to_owned(), in_uid: false, in_name: true });
        query
    };
    let named = |name| UserPatch { name, ..UserPatch::default() };
    assert_eq!(house.list(&shop(), search("old")).await.total, 1);
    house.update(&shop(), "mira", named(set("Straße")), LATER).await.unwrap();
    assert_eq!(house.list(&shop(), search("old")).await.total, 0);
    assert_eq!(uids(&house.list(&shop(), search("STRASSE")).await.items), ["mira"]);
    // Together with the role, and cleared.
    let both = UserPatch { role: Patch::Clear, ..named(set("Both")) };
    house.update(&shop(), "mira", both, LATER).await.unwrap();
    assert_eq!(house.list(&shop(), search("bOTH")).await.total, 1);
    house.update(&shop(), "mira", named(Patch::Clear), LATER).await.unwrap();
    for key in ["", "both"] {
        assert_eq!(house.list(&shop(), search(key)).await.total, 0, "{key:?}");
    }
}

async fn a_role_must_be_the_apps_own(engine: Engine) {
    let (house, user) = filled(engine).await;
    house.make_role(&club(), "theirs").await;
    let patch = UserPatch {
        role: Patch::Set(role("theirs")),
        avatar: set("never"),
        ..UserPatch::default()
    };
    house
        .refused(move |tx| {
            rollcall_store::users::update(tx, &shop(), &crate::house::uid("mira"), &patch, LATER)
        })
        .await;
    assert_eq!(house.find(&shop(), "mira").await, Some(user));
}
