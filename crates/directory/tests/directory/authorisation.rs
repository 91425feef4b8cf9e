//! Who may do what, and that every use case asks.

use rollcall_directory::authz::{Action, Reach, opens, reach, require, require_on};
use rollcall_directory::permissions;
use rollcall_directory::restricted_features::{self, Allowed};
use rollcall_directory::users::{self, Switch};
use rollcall_directory::{
    Directory, accounts, activity, agent_bots, api_keys, apps, auth_tokens, blocks, credentials, credits,
    friends, login_links, memberships, roles,
};
use rollcall_model::{
    AccountId, AccountStatus, Activity, Actor, AgentBotId, AppId, AppName, AuthTokenPatch, CredentialKind,
    Credits, Document, Error, Feature, Millis, NewAccount, NewAgentBot, NewCreditChange, Page, Patch,
    Permissible, Result, RolePatch, UserKey, UserQuery, Via, Viewer, Whom,
};
use rollcall_testkit::Engine;

use crate::house::{House, holder, new_user, operator, renamed, shop, uid};
use crate::roles::{new_role, role};

rollcall_testkit::on_both_engines! { every_use_case_asks }

use Reach::{Everybody, Nobody, Oneself};

/// What the operator and then the kinds of credential in the order of [`CredentialKind::ALL`] open, and how far a user
/// gets.
const TABLE: [(Action, [bool; 6], Reach); 27] = [
    //                          operator fullAccess authOnly platform ownPlatform klaim
    (Action::CreateUser, [true, true, true, true, true, true], Nobody),
    (Action::UpdateUser, [true, true, true, true, true, true], Oneself),
    (Action::ReadUser, [true, true, false, true, true, true], Everybody),
    (Action::ListUsers, [true, true, false, false, false, true], Everybody),
    (Action::SwitchUser, [true, true, false, false, false, false], Nobody),
    (Action::DeleteUser, [true, true, false, true, true, false], Nobody),
    (Action::CreateAuthToken, [true, true, true, false, false, false], Nobody),
    (Action::ListAuthTokens, [true, true, false, false, false, false], Nobody),
    (Action::ReadAuthToken, [true, true, false, false, false, false], Oneself),
    (Action::UpdateAuthToken, [true, true, false, false, false, false], Oneself),
    (Action::DeleteAuthToken, [true, true, false, false, false, false], Oneself),
    (Action::FlushAuthTokens, [true, true, false, false, false, false], Nobody),
    (Action::ListFriends, [true, true, false, false, false, false], Oneself),
    (Action::AddFriends, [true, true, false, false, false, false], Oneself),
    (Action::RemoveFriends, [true, true, false, false, false, false], Oneself),
    (Action::ListBlocks, [true, true, false, false, false, false], Oneself),
    (Action::Block, [true, true, false, false, false, false], Oneself),
    (Action::Unblock, [true, true, false, false, false, false], Oneself),
    (Action::ManageRoles, [true, true, false, false, false, false], Nobody),
    (Action::ReadStats, [true, true, false, false, false, false], Nobody),
    (Action::ManageCredentials, [true, true, false, false, false, false], Nobody),
    (Action::CreateLoginLink, [true, false, false, true, true, false], Nobody),
    (Action::ManageAccounts, [true, false, false, true, true, false], Nobody),
    (Action::ManageMemberships, [true, false, false, true, true, false], Nobody),
    (Action::ManageAgentBots, [true, false, false, true, true, false], Nobody),
    (Action::ReadCredits, [true, false, false, false, false, true], Nobody),
    (Action::ChangeCredits, [true, false, false, false, false, true], Nobody),
];

fn without_user() -> Vec<Actor> {
    std::iter::once(operator()).chain(CredentialKind::ALL.map(holder)).collect()
}

fn acting(actor: &Actor, viewer: &Viewer) -> Actor {
    Actor { viewer: Some(viewer.clone()), ..actor.clone() }
}

#[test]
fn the_table_is_the_whole_truth() {
    assert_eq!(TABLE.map(|(action, ..)| action), Action::ALL, "an action without its line");
    for (action, expected, far) in TABLE {
        assert_eq!(reach(action), far, "{action:?}");
        for (actor, allowed) in without_user().iter().zip(expected) {
            assert_eq!(opens(actor.via, action), allowed, "{actor:?} {action:?}");
            let required = if allowed { Ok(()) } else { Err(Error::Denied) };
            assert_eq!(require(actor, action), required, "{actor:?} {action:?}");
            assert_eq!(require_on(actor, action, &uid("leo")), required, "{actor:?} {action:?}");
        }
    }
}

#[test]
fn a_user_gets_no_further_than_both_tables() {
    let viewer = Viewer { uid: uid("mira"), key: UserKey(1), role: role("default") };
    let with_token = Actor {
        app: shop(),
        via: Via::AuthToken { id: 1 },
        viewer: Some(viewer.clone()),
    };
    for (action, opened, far) in TABLE {
        // A token opens what a fullAccess key does; what its user may not do comes second.
        let mut actors = vec![(with_token.clone(), opened[1])];
        actors.extend(without_user().iter().map(|actor| acting(actor, &viewer)).zip(opened));
        for (actor, opened) in actors {
            let expected = |reached: bool| match (opened, reached) {
                (false, _) => Err(Error::Denied),
                (true, false) => Err(Error::Forbidden),
                (true, true) => Ok(()),
            };
            assert_eq!(require(&actor, action), expected(far != Nobody), "{actor:?} {action:?}");
            let (own, other) =
                (require_on(&actor, action, &uid("mira")), require_on(&actor, action, &uid("leo")));
            assert_eq!(own, expected(far != Nobody), "{actor:?} {action:?} on oneself");
            assert_eq!(other, expected(far == Everybody), "{actor:?} {action:?} on another");
        }
    }
}

/// What a use case can be done to: the user `name`, with one of the user's tokens, a credential, an account and a bot.
struct Target<'a> {
    name: &'a str,
    key: UserKey,
    account: AccountId,
    bot: AgentBotId,
    token: &'a str,
    spare: i64,
    spare_secret: &'a str,
}

/// Every use case that an action opens.
async fn attempts(
    d: &Directory,
    actor: &Actor,
    action: Action,
    target: &Target<'_>,
) -> Vec<(&'static str, Result<()>)> {
    let Target { name, key, token, spare, spare_secret, account, bot } = *target;
    let whom = || Whom::Key(key);
    let change = NewCreditChange { delta: Credits(100), description: None };
    let user = || uid(name);
    let page = Page { number: 1, size: 10 };
    let query = || UserQuery {
        search: None,
        roles: Vec::new(),
        tags: Vec::new(),
        friends_of: None,
        activity: Activity::Active,
        presence: None,
        after: None,
        page,
    };
    let named = |name: &str| vec![name.to_owned()];
    let device = || AuthTokenPatch {
        platform: Patch::Set("x".to_owned()),
        ..AuthTokenPatch::default()
    };
    match action {
        Action::CreateUser => {
            vec![("create", users::create(d, actor, new_user("zoe"), true).await.map(drop))]
        }
        Action::UpdateUser => vec![
            ("update", users::update(d, actor, user(), renamed("x")).await.map(drop)),
            ("empty update", users::update(d, actor, user(), Default::default()).await.map(drop)),
        ],
        Action::ReadUser => vec![("get", users::get(d, actor, &user()).await.map(drop))],
        Action::ListUsers => vec![
            ("list", users::list(d, actor, query(), None).await.map(drop)),
            ("count", users::count(d, actor, query()).await.map(drop)),
        ],
        Action::SwitchUser => vec![
            ("deactivate", users::deactivate(d, actor, user()).await),
            ("switch on", users::switch_many(d, actor, named(name), Switch::On).await.map(drop)),
            ("switch off", users::switch_many(d, actor, named(name), Switch::Off).await.map(drop)),
        ],
        Action::DeleteUser => vec![("delete", users::delete(d, actor, user()).await)],
        Action::CreateAuthToken => {
            vec![("create token", auth_tokens::create(d, actor, user(), true).await.map(drop))]
        }
        Action::ListAuthTokens => {
            vec![("list tokens", auth_tokens::list(d, actor, user(), page).await.map(drop))]
        }
        Action::ReadAuthToken => {
            vec![("get token", auth_tokens::get(d, actor, &user(), token).await.map(drop))]
        }
        Action::UpdateAuthToken => vec![
            ("update token", auth_tokens::update(d, actor, user(), token, device()).await.map(drop)),
            (
                "empty update of a token",
                auth_tokens::update(d, actor, user(), token, AuthTokenPatch::default())
                    .await
                    .map(drop),
            ),
        ],
        Action::DeleteAuthToken => vec![("delete token", auth_tokens::delete(d, actor, user(), token).await)],
        Action::FlushAuthTokens => vec![("flush tokens", auth_tokens::flush(d, actor, user()).await)],
        Action::ListFriends => {
            vec![("list friends", friends::list(d, actor, user(), None, None, page).await.map(drop))]
        }
        Action::AddFriends => {
            vec![("add friends", friends::add(d, actor, user(), named("ana")).await.map(drop))]
        }
        Action::RemoveFriends => {
            vec![("remove friends", friends::remove(d, actor, user(), named("bo")).await)]
        }
        Action::ListBlocks => vec![("list blocks", blocks::list(d, actor, user(), page).await.map(drop))],
        Action::Block => vec![("block", blocks::block(d, actor, user(), named("ana")).await.map(drop))],
        Action::Unblock => vec![("unblock", blocks::unblock(d, actor, user(), named("ana")).await.map(drop))],
        Action::ManageRoles => {
            let vip = || role("vip");
            let restricted = vec![Feature::GetUser];
            vec![
                ("create role", roles::create(d, actor, new_role("new")).await.map(drop)),
                ("list roles", roles::list(d, actor, page).await.map(drop)),
                ("get role", roles::get(d, actor, &vip()).await.map(drop)),
                ("update role", roles::update(d, actor, vip(), RolePatch::default()).await.map(drop)),
                ("restrict", restricted_features::restrict(d, actor, vip(), restricted).await.map(drop)),
                ("list restricted", restricted_features::list(d, actor, vip(), page).await.map(drop)),
                ("allow", restricted_features::allow(d, actor, vip(), Allowed::All).await),
                ("list permissions", permissions::list(d, actor, vip(), page).await.map(drop)),
                ("set permissions", permissions::set(d, actor, vip(), Vec::new()).await.map(drop)),
                ("delete role", roles::delete(d, actor, vip()).await),
            ]
        }
        Action::ReadStats => vec![
            ("active users", activity::count(d, actor, Millis(0), Millis(1)).await.map(drop)),
            ("now", activity::now(d, actor).map(drop)),
        ],
        Action::CreateLoginLink => {
            vec![("link", login_links::create(d, actor, key).await.map(drop))]
        }
        Action::ManageAccounts => vec![
            ("list accounts", accounts::list(d, actor).await.map(drop)),
            ("get account", accounts::get(d, actor, account).await.map(drop)),
            ("update account", accounts::update(d, actor, account, Default::default()).await.map(drop)),
            ("delete account", accounts::delete(d, actor, account).await),
        ],
        Action::ManageMemberships => vec![
            ("list members", memberships::list(d, actor, account).await.map(drop)),
            ("reach members", memberships::reach(d, actor, account).await),
            ("set member", memberships::set(d, actor, account, key, Patch::Keep).await.map(drop)),
            ("delete member", memberships::delete(d, actor, account, key).await),
        ],
        Action::ManageAgentBots => vec![
            ("list bots", agent_bots::list(d, actor).await.map(drop)),
            ("get bot", agent_bots::get(d, actor, bot).await.map(drop)),
            ("update bot", agent_bots::update(d, actor, bot, Default::default(), None).await.map(drop)),
            ("delete bot", agent_bots::delete(d, actor, bot).await),
        ],
        Action::ReadCredits => vec![
            ("balance", credits::balance(d, actor, &whom()).await.map(drop)),
            ("history", credits::history(d, actor, whom(), None, 10).await.map(drop)),
        ],
        Action::ChangeCredits => vec![("change", credits::change(d, actor, whom(), change).await.map(drop))],
        Action::ManageCredentials => vec![
            ("create", credentials::create(d, actor, CredentialKind::FullAccess, "x").await.map(drop)),
            ("list", credentials::list(d, actor).await.map(drop)),
            ("list keys", api_keys::list(d, actor, &Default::default()).await.map(drop)),
            ("get key", api_keys::get(d, actor, spare_secret).await.map(drop)),
            ("update key", api_keys::update(d, actor, spare_secret, Default::default()).await.map(drop)),
            ("revoke", credentials::revoke(d, actor, spare).await),
            ("delete key", api_keys::delete(d, actor, "nothing").await),
        ],
    }
}

/// What is to come of a use case that an actor may do, where that is not success.
fn allowed(name: &str) -> Result<()> {
    match name {
        "delete key" => Err(Error::CredentialNotFound),
        "link" => Err(Error::NoEmail),
        _ => Ok(()),
    }
}

fn new_account() -> NewAccount {
    NewAccount {
        name: "Shop".to_owned(),
        locale: "en".to_owned(),
        domain: None,
        support_email: None,
        status: AccountStatus::Active,
        features: Vec::new(),
        limits: Document::stored("{}"),
        custom_attributes: Document::stored("{}"),
    }
}

fn new_bot() -> NewAgentBot {
    NewAgentBot {
        name: None,
        description: None,
        outgoing_url: None,
        account: None,
    }
}

/// An app with a role `vip`, the users `mira`, `leo`, `ana` and `bo`, and a friendship between the target and `bo`.
async fn furnish(d: &Directory, number: usize, target: &str) -> Actor {
    let app = AppId::parse(&format!("place-{number}")).unwrap();
    apps::create(d, &app, &AppName::parse("Place").unwrap()).await.unwrap();
    let operator = Actor::operator(app);
    for name in ["mira", "leo", "ana", "bo"] {
        users::create(d, &operator, new_user(name), false).await.unwrap();
    }
    roles::create(d, &operator, new_role("vip")).await.unwrap();
    friends::add(d, &operator, uid(target), vec!["bo".to_owned()]).await.unwrap();
    operator
}

async fn every_use_case_asks(engine: Engine) {
    let house = House::build(engine).await;
    let d = &house.directory;
    let mut number = 0;
    for (action, opened, far) in TABLE {
        for (name, column) in ["mira", "leo"]
            .into_iter()
            .flat_map(|name| (0..9).map(move |column| (name, column)))
        {
            number += 1;
            let operator = furnish(d, number, name).await;
            let spare = credentials::create(d, &operator, CredentialKind::AuthOnly, "spare")
                .await
                .unwrap();
            let token = auth_tokens::create(d, &operator, uid(name), true).await.unwrap();
            let key = users::viewer(d, &operator.app, &uid(name)).await.unwrap().key;
            let viewer = users::viewer(d, &operator.app, &uid("mira")).await.unwrap();
            let via = Via::AuthToken { id: token.token.id };
            let own = credentials::create(d, &operator, CredentialKind::OwnPlatform, "own")
                .await
                .unwrap();
            let via_own = Via::Credential { id: own.credential.id, kind: CredentialKind::OwnPlatform };
            let (actor, opens, is_user) = match column {
                4 => (Actor { via: via_own, viewer: None, ..operator.clone() }, opened[4], false),
                0..6 => (without_user()[column].clone(), opened[column], false),
                6 => (Actor { via, viewer: Some(viewer), ..operator.clone() }, opened[1], true),
                7 => (acting(&holder(CredentialKind::FullAccess), &viewer), opened[1], true),
                _ => (acting(&holder(CredentialKind::AuthOnly), &viewer), opened[2], true),
            };
            let actor = Actor { app: operator.app.clone(), ..actor };
            let account = accounts::create(d, &operator, new_account()).await.unwrap().id;
            let bot = agent_bots::create(d, &operator, new_bot(), None).await.unwrap().id;
            let target = Target {
                name,
                key,
                account,
                bot,
                token: &token.text,
                spare: spare.credential.id,
                spare_secret: &spare.secret,
            };
            // What such a platform app did not make itself it does not get at.
            let permissible = column != 4 || action == Action::CreateUser;
            let object = match action {
                Action::ManageAccounts | Action::ManageMemberships => Permissible::Account(account),
                Action::ManageAgentBots => Permissible::AgentBot(bot),
                _ => Permissible::User(key),
            };
            let reached = !is_user || far == Everybody || far == Oneself && name == "mira";
            let before = house.ledger_of(&operator.app).await;
            for (name, outcome) in attempts(d, &actor, action, &target).await {
                let foreign = name.contains("token") && far == Oneself;
                let expected = match (opens, reached) {
                    (false, _) => Err(Error::Denied),
                    // Lists are narrowed instead.
                    (true, true) if !permissible && !matches!(name, "list accounts" | "list bots") => {
                        Err(Error::NotPermissible(object))
                    }
                    (true, false) if foreign => Err(Error::AuthTokenForeign),
                    (true, false) => Err(Error::Forbidden),
                    (true, true) => allowed(name),
                };
                assert_eq!(outcome, expected, "{name} of {} by {actor:?}", target.name);
            }
            if !opens || !reached || !permissible {
                let after = house.ledger_of(&operator.app).await;
                assert_eq!(after, before, "{action:?} by {actor:?} was denied, but did something");
            }
        }
    }
}
