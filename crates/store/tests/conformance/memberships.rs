//! Memberships: one for each user and account, and gone with either.

use rollcall_model::{AccountId, AppId, MemberAccount, MemberRole, Membership, Millis, Patch, User, UserKey};
use rollcall_store::memberships::{self, Set};
use rollcall_store::{Error, Sql};
use rollcall_testkit::Engine;

use crate::accounts::new_account;
use crate::house::{House, NOW, club, plain, shop};

rollcall_testkit::on_both_engines! {
    a_member_is_an_agent_unless_something_is_said,
    setting_again_changes_the_role_or_nothing,
    both_are_the_apps_own,
    a_list_is_of_active_users_by_number,
    a_users_accounts_are_by_number,
    a_membership_is_ended_once,
    a_membership_goes_with_its_user_and_with_its_account,
    an_account_with_very_many_members_is_deleted,
}

static COUNT: Sql = Sql::new("test.memberships", "select count(*) from memberships where app = $1");
static MANY_USERS: Sql = Sql::new(
    "test.many_users",
    "with recursive n (n) as (select 1 union all select n + 1 from n where n < 45000)
     insert into users (app, uid, user_id, klaim_id, role, created_at)
     select $1, 'u' || n, 'u' || n, 'k' || n, 'default', 1 from n",
);
static MANY_MEMBERS: Sql = Sql::new(
    "test.many_members",
    "insert into memberships (app, account, user_key, created_at, updated_at)
     select app, cast($2 as bigint), id, 1, 1 from users where app = $1",
);

const AGENT: Option<MemberRole> = Some(MemberRole::Agent);
const ADMINISTRATOR: Option<MemberRole> = Some(MemberRole::Administrator);

impl House {
    async fn set_at(
        &self,
        app: &AppId,
        account: AccountId,
        user: &User,
        role: Patch<MemberRole>,
        now: Millis,
    ) -> Set {
        let (app, user) = (app.clone(), user.key);
        self.run(move |tx| memberships::set(tx, &app, account, user, &role, now)).await
    }

    async fn join(&self, app: &AppId, account: AccountId, user: &User) -> Membership {
        match self.set_at(app, account, user, Patch::Keep, NOW).await {
            Set::Made(membership) => membership,
            other @ (Set::Changed(_) | Set::Already(_)) => panic!("{other:?}"),
        }
    }

    async fn members(&self, app: &AppId, account: AccountId) -> Vec<Membership> {
        let app = app.clone();
        self.look(move |tx| memberships::list(tx, &app, account)).await
    }

    async fn of_user(&self, app: &AppId, user: &User) -> Vec<MemberAccount> {
        memberships::of_user(self, app, user.key).await.unwrap()
    }

    async fn leave(&self, app: &AppId, account: AccountId, user: UserKey) -> bool {
        let app = app.clone();
        self.run(move |tx| memberships::delete(tx, &app, account, user)).await
    }

    async fn account_named(&self, app: &AppId, name: &str) -> AccountId {
        self.make_account(app, new_account(name)).await.id
    }
}

async fn a_member_is_an_agent_unless_something_is_said(engine: Engine) {
    let house = House::new(engine).await;
    let account = house.account_named(&shop(), "a").await;
    for (name, role, expected) in [
        ("mira", Patch::Keep, AGENT),
        ("leo", Patch::Set(MemberRole::Administrator), ADMINISTRATOR),
        ("ana", Patch::Set(MemberRole::Agent), AGENT),
        ("noa", Patch::Clear, None),
    ] {
        let user = house.insert(&shop(), plain(name)).await;
        let Set::Made(made) = house.set_at(&shop(), account, &user, role, NOW).await else {
            panic!("{name} was no member");
        };
        let expected = Membership {
            id: made.id,
            account,
            user: user.key,
            role: expected,
            created_at: NOW,
            updated_at: NOW,
        };
        assert_eq!(made, expected);
        assert_eq!(house.members(&shop(), account).await.last(), Some(&expected));
    }
}

async fn setting_again_changes_the_role_or_nothing(engine: Engine) {
    let house = House::new(engine).await;
    let account = house.account_named(&shop(), "a").await;
    let user = house.insert(&shop(), plain("mira")).await;
    let mut expected = house.join(&shop(), account, &user).await;
    for (number, (role, after)) in (1..).zip([
        (Patch::Keep, AGENT),
        (Patch::Set(MemberRole::Agent), AGENT),
        (Patch::Set(MemberRole::Administrator), ADMINISTRATOR),
        (Patch::Keep, ADMINISTRATOR),
        (Patch::Clear, None),
        (Patch::Clear, None),
        (Patch::Keep, None),
        (Patch::Set(MemberRole::Agent), AGENT),
    ]) {
        let later = Millis(NOW.0 + number);
        let changes = expected.role != after;
        if changes {
            (expected.role, expected.updated_at) = (after, later);
        }
        let wanted = if changes {
            Set::Changed(expected.clone())
        } else {
            Set::Already(expected.clone())
        };
        assert_eq!(house.set_at(&shop(), account, &user, role, later).await, wanted, "{number}");
        assert_eq!(house.members(&shop(), account).await, [expected.clone()]);
    }
}

async fn both_are_the_apps_own(engine: Engine) {
    let house = House::new(engine).await;
    let (mine, theirs) = (house.account_named(&shop(), "a").await, house.account_named(&club(), "b").await);
    let (mira, leo) = (house.insert(&shop(), plain("mira")).await, house.insert(&club(), plain("leo")).await);
    for (account, user) in [(mine, leo.key), (theirs, mira.key), (theirs, leo.key), (mine, UserKey(4_711))] {
        let error = house
            .refused(move |tx| memberships::set(tx, &shop(), account, user, &Patch::Keep, NOW))
            .await;
        assert!(matches!(error, Error::Retry(_)), "{error:?}");
    }
    let theirs_has = house.join(&club(), theirs, &leo).await;
    assert_eq!(house.members(&shop(), theirs).await, []);
    assert_eq!(house.of_user(&shop(), &leo).await, []);
    assert!(!house.leave(&shop(), theirs, leo.key).await);
    assert_eq!(house.members(&club(), theirs).await, [theirs_has]);
    assert_eq!(house.number(&COUNT, &shop()).await, 0);
}

async fn a_list_is_of_active_users_by_number(engine: Engine) {
    let house = House::new(engine).await;
    let (account, other) = (house.account_named(&shop(), "a").await, house.account_named(&shop(), "b").await);
    let mut users = Vec::new();
    for name in ["a", "b", "c"] {
        users.push(house.insert(&shop(), plain(name)).await);
    }
    let mut all = Vec::new();
    for user in [&users[2], &users[0], &users[1]] {
        all.push(house.join(&shop(), account, user).await);
        house.join(&shop(), other, user).await;
    }
    assert!(all.windows(2).all(|pair| pair[0].id < pair[1].id));
    assert_eq!(house.members(&shop(), account).await, all);
    house.deactivate(&shop(), "a").await;
    assert_eq!(house.members(&shop(), account).await, [all[0].clone(), all[2].clone()]);
    house.reactivate(&shop(), "a").await;
    assert_eq!(house.members(&shop(), account).await, all);
}

async fn a_users_accounts_are_by_number(engine: Engine) {
    let house = House::new(engine).await;
    let (a, b) = (house.account_named(&shop(), "A").await, house.account_named(&shop(), "B").await);
    let (mira, leo) = (house.insert(&shop(), plain("mira")).await, house.insert(&shop(), plain("leo")).await);
    assert_eq!(house.of_user(&shop(), &mira).await, []);
    house
        .set_at(&shop(), b, &mira, Patch::Set(MemberRole::Administrator), NOW)
        .await;
    house.set_at(&shop(), a, &mira, Patch::Clear, NOW).await;
    house.join(&shop(), a, &leo).await;
    let of = |id, name: &str, role| (id, name.to_owned(), rollcall_model::AccountStatus::Active, role);
    let told = |accounts: Vec<MemberAccount>| -> Vec<_> {
        let told = |MemberAccount { membership, id, name, status, role }| {
            assert!(membership > 0);
            (id, name, status, role)
        };
        accounts.into_iter().map(told).collect()
    };
    let hers = told(house.of_user(&shop(), &mira).await);
    assert_eq!(hers, [of(a, "A", None), of(b, "B", ADMINISTRATOR)]);
    assert_eq!(told(house.of_user(&shop(), &leo).await), [of(a, "A", AGENT)]);
    assert_eq!(house.of_user(&club(), &mira).await, []);
}

async fn a_membership_is_ended_once(engine: Engine) {
    let house = House::new(engine).await;
    let (a, b) = (house.account_named(&shop(), "a").await, house.account_named(&shop(), "b").await);
    let user = house.insert(&shop(), plain("mira")).await;
    let first = house.join(&shop(), a, &user).await;
    let stays = house.join(&shop(), b, &user).await;
    assert!(house.leave(&shop(), a, user.key).await);
    assert!(!house.leave(&shop(), a, user.key).await);
    assert_eq!(house.members(&shop(), a).await, []);
    assert_eq!(house.members(&shop(), b).await, std::slice::from_ref(&stays));
    let again = house.join(&shop(), a, &user).await;
    assert!(again.id > stays.id && again.id != first.id, "a number is never used again");
    house.deactivate(&shop(), "mira").await;
    assert!(house.leave(&shop(), a, user.key).await, "also a deactivated user's");
}

async fn a_membership_goes_with_its_user_and_with_its_account(engine: Engine) {
    let house = House::new(engine).await;
    let (a, b) = (house.account_named(&shop(), "a").await, house.account_named(&shop(), "b").await);
    let (mira, leo) = (house.insert(&shop(), plain("mira")).await, house.insert(&shop(), plain("leo")).await);
    let mut all = Vec::new();
    for account in [a, b] {
        for user in [&mira, &leo] {
            all.push(house.join(&shop(), account, user).await);
        }
    }
    assert!(house.delete(&shop(), "mira").await);
    assert_eq!(house.members(&shop(), a).await, [all[1].clone()]);
    assert_eq!(house.members(&shop(), b).await, [all[3].clone()]);
    assert!(house.delete_account(&shop(), a).await);
    assert_eq!(house.members(&shop(), a).await, []);
    assert_eq!(house.members(&shop(), b).await, [all[3].clone()]);
    assert_eq!(house.number(&COUNT, &shop()).await, 1);
    assert!(house.find(&shop(), "leo").await.is_some(), "users stay");
}

async fn an_account_with_very_many_members_is_deleted(engine: Engine) {
    let house = House::new(engine).await;
    let (a, b) = (house.account_named(&shop(), "a").await, house.account_named(&shop(), "b").await);
    house.run(|tx| tx.exec(&MANY_USERS, &[shop().as_str().into()])).await;
    for AccountId(id) in [a, b] {
        house
            .run(move |tx| tx.exec(&MANY_MEMBERS, &[shop().as_str().into(), id.into()]))
            .await;
    }
    assert_eq!(house.number(&COUNT, &shop()).await, 90_000);
    assert!(house.delete_account(&shop(), a).await);
    assert_eq!(house.number(&COUNT, &shop()).await, 45_000);
    assert_eq!(house.members(&shop(), b).await.len(), 45_000);
}
