//! Who may do what, and that every use case asks.

use rollcall_directory::authz::{Action, opens, require};
use rollcall_directory::users::{self, Switch};
use rollcall_directory::{Directory, credentials};
use rollcall_model::{Activity, Actor, CredentialKind, Error, Page, Result, UserQuery};
use rollcall_testkit::Engine;

use crate::house::{House, holder, new_user, operator, renamed, uid};

rollcall_testkit::on_both_engines! { every_use_case_asks }

/// The operator, then the kinds of credential in the order of [`CredentialKind::ALL`].
const TABLE: [(Action, [bool; 5]); 7] = [
    //                          operator fullAccess authOnly platform klaim
    (Action::CreateUser, [true, true, true, false, false]),
    (Action::UpdateUser, [true, true, true, false, false]),
    (Action::ReadUser, [true, true, false, false, false]),
    (Action::ListUsers, [true, true, false, false, false]),
    (Action::SwitchUser, [true, true, false, false, false]),
    (Action::DeleteUser, [true, true, false, false, false]),
    (Action::ManageCredentials, [true, true, false, false, false]),
];

fn actors() -> Vec<Actor> {
    std::iter::once(operator()).chain(CredentialKind::ALL.map(holder)).collect()
}

#[test]
fn the_table_is_the_whole_truth() {
    assert_eq!(TABLE.map(|(action, _)| action), Action::ALL, "an action without its line");
    for (action, expected) in TABLE {
        for (actor, allowed) in actors().iter().zip(expected) {
            assert_eq!(opens(actor.via, action), allowed, "{actor:?} {action:?}");
            let required = if allowed { Ok(()) } else { Err(Error::Denied) };
            assert_eq!(require(actor, action), required, "{actor:?} {action:?}");
        }
    }
}

/// Every use case that an action opens, on a user `mira` who is there and a credential `spare`.
async fn attempts(
    d: &Directory,
    actor: &Actor,
    action: Action,
    spare: i64,
) -> Vec<(&'static str, Result<()>)> {
    let mira = uid("mira");
    let query = || UserQuery {
        search: None,
        roles: Vec::new(),
        tags: Vec::new(),
        friends_of: None,
        activity: Activity::Any,
        presence: None,
        page: Page { number: 1, size: 10 },
    };
    let named = || vec!["mira".to_owned()];
    match action {
        Action::CreateUser => {
            vec![("create", users::create(d, actor, new_user("leo"), true).await.map(drop))]
        }
        Action::UpdateUser => vec![
            ("update", users::update(d, actor, mira.clone(), renamed("x")).await.map(drop)),
            ("empty update", users::update(d, actor, mira, Default::default()).await.map(drop)),
        ],
        Action::ReadUser => vec![("get", users::get(d, actor, &mira).await.map(drop))],
        Action::ListUsers => vec![
            ("list", users::list(d, actor, query()).await.map(drop)),
            ("count", users::count(d, actor, query()).await.map(drop)),
        ],
        Action::SwitchUser => vec![
            ("deactivate", users::deactivate(d, actor, mira).await),
            ("switch on", users::switch_many(d, actor, named(), Switch::On).await.map(drop)),
            ("switch off", users::switch_many(d, actor, named(), Switch::Off).await.map(drop)),
        ],
        Action::DeleteUser => vec![("delete", users::delete(d, actor, mira).await)],
        Action::ManageCredentials => vec![
            ("create", credentials::create(d, actor, CredentialKind::FullAccess, "x").await.map(drop)),
            ("list", credentials::list(d, actor).await.map(drop)),
            ("revoke", credentials::revoke(d, actor, spare).await),
        ],
    }
}

async fn every_use_case_asks(engine: Engine) {
    let house = House::build(engine).await;
    for (column, actor) in actors().into_iter().enumerate() {
        for (action, expected) in TABLE {
            house.create("mira").await;
            let spare =
                credentials::create(&house.directory, &operator(), CredentialKind::Klaim, "spare").await;
            let spare = spare.unwrap().credential.id;
            let before = house.ledger().await;
            for (name, outcome) in attempts(&house.directory, &actor, action, spare).await {
                let expected = if expected[column] { Ok(()) } else { Err(Error::Denied) };
                assert_eq!(outcome, expected, "{name} by {actor:?}");
            }
            if !expected[column] {
                assert_eq!(
                    house.ledger().await,
                    before,
                    "{action:?} by {actor:?} was denied, but did something"
                );
            }
            for name in ["mira", "leo"] {
                users::delete(&house.directory, &operator(), uid(name)).await.ok();
            }
        }
    }
}
