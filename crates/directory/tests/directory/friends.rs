//! Friends: what is told of each, what is kept, and whose word counts.

use rollcall_directory::{friends, users};
use rollcall_model::{Error, EventKind, MAX_FRIENDS, Page, Result, Uid, UserSearch};
use rollcall_store::friends as store;
use rollcall_testkit::Engine;

use crate::house::{House, operator, shop, uid, unknown};

rollcall_testkit::on_both_engines! {
    each_friend_is_told_once_in_the_order_asked,
    a_failing_item_undoes_no_other,
    removing_is_all_or_nothing,
    a_deactivated_friend_can_be_removed,
    the_limit_holds_on_either_side,
    without_the_user_nothing_happens,
    a_list_shows_friends_as_the_user_sees_them,
}

pub(crate) async fn add(house: &House, user: &str, named: &[&str]) -> Result<Vec<(String, Result<()>)>> {
    friends::add(&house.directory, &operator(), uid(user), texts(named)).await
}

pub(crate) fn texts(named: &[&str]) -> Vec<String> {
    named.iter().map(|&name| name.to_owned()).collect()
}

pub(crate) async fn remove(house: &House, user: &str, named: &[&str]) -> Result<()> {
    friends::remove(&house.directory, &operator(), uid(user), texts(named)).await
}

/// The uids of a user's friends.
pub(crate) async fn listed(house: &House, user: &str) -> Vec<String> {
    let page = Page { number: 1, size: 1000 };
    let listing = friends::list(&house.directory, &operator(), uid(user), None, None, page)
        .await
        .unwrap();
    assert_eq!(listing.items.len(), usize::try_from(listing.total).unwrap());
    let mut names: Vec<_> = listing.items.iter().map(|seen| seen.user.uid.to_string()).collect();
    names.sort();
    names
}

/// Kind and subject of the events since `start`.
pub(crate) async fn events(house: &House, start: usize) -> Vec<(String, String)> {
    let events = house.ledger().await.events;
    events[start..].iter().map(|e| (e.kind.clone(), e.subject.clone())).collect()
}

pub(crate) fn event(kind: EventKind, subject: &str) -> (String, String) {
    (kind.as_str().to_owned(), subject.to_owned())
}

fn told(name: &str, result: Result<()>) -> (String, Result<()>) {
    (name.to_owned(), result)
}

/// A house with these users; answers how many events there are.
pub(crate) async fn with(engine: Engine, names: &[&str]) -> (House, usize) {
    let house = House::build(engine).await;
    for name in names {
        house.create(name).await;
    }
    let events = house.ledger().await.events.len();
    (house, events)
}

async fn each_friend_is_told_once_in_the_order_asked(engine: Engine) {
    let (house, start) = with(engine, &["ana", "leo", "mira", "zoe", "gone"]).await;
    users::deactivate(&house.directory, &operator(), uid("gone")).await.unwrap();
    add(&house, "zoe", &["mira"]).await.unwrap();
    let asked = ["leo", "*", "MIRA", "ghost", "Ana", "zoe", "gone", "No Uid", "no uid", "LEO", "*", "ana"];
    let outcomes = add(&house, "mira", &asked).await.unwrap();
    let expected = [
        told("leo", Ok(())),
        told("*", Err(unknown("*"))),
        told("mira", Err(Error::OwnFriend)),
        told("ghost", Err(unknown("ghost"))),
        told("ana", Ok(())),
        told("zoe", Err(Error::AlreadyFriend(uid("zoe")))),
        told("gone", Err(unknown("gone"))),
        told("No Uid", Err(unknown("no uid"))),
        told("no uid", Err(unknown("no uid"))),
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(listed(&house, "mira").await, ["ana", "leo", "zoe"]);
    let expected = [
        event(EventKind::UserDeactivated, "gone"),
        event(EventKind::FriendAdded, "zoe/mira"),
        // Together they are made in the order of their uids.
        event(EventKind::FriendAdded, "mira/ana"),
        event(EventKind::FriendAdded, "mira/leo"),
    ];
    assert_eq!(events(&house, start).await, expected);
    assert_eq!(add(&house, "mira", &[]).await, Ok(vec![]));
    assert_eq!(events(&house, start).await, expected);
}

async fn a_failing_item_undoes_no_other(engine: Engine) {
    let (house, _) = with(engine, &["ana", "leo", "mira"]).await;
    let outcomes = add(&house, "mira", &["ana", "ghost", "mira", "leo"]).await.unwrap();
    let done: Vec<_> = outcomes.iter().map(|(_, result)| result.is_ok()).collect();
    assert_eq!(done, [true, false, false, true]);
    for (of, friends) in [("mira", &["ana", "leo"] as &[_]), ("ana", &["mira"]), ("leo", &["mira"])] {
        assert_eq!(listed(&house, of).await, friends);
    }
    let before = house.ledger().await;
    let again = add(&house, "leo", &["mira"]).await.unwrap();
    assert_eq!(
        again,
        [told("mira", Err(Error::AlreadyFriend(uid("mira"))))],
        "from the other side as well"
    );
    assert_eq!(house.ledger().await, before);
}

async fn removing_is_all_or_nothing(engine: Engine) {
    let (house, _) = with(engine, &["ana", "leo", "mira", "zoe"]).await;
    add(&house, "mira", &["ana", "leo"]).await.unwrap();
    let before = house.ledger().await;
    for (named, stranger) in [
        (&["ana", "zoe", "ghost"] as &[_], "zoe"),
        (&["ana", "GHOST", "zoe"], "GHOST"),
        (&["*", "ana"], "*"),
        (&["ana", "Mira", "leo"], "Mira"),
    ] {
        let refusal = remove(&house, "mira", named).await;
        assert_eq!(refusal, Err(Error::NotAFriend(stranger.to_owned())), "{named:?}");
    }
    assert_eq!(house.ledger().await, before, "not even an event");
    assert_eq!(listed(&house, "mira").await, ["ana", "leo"]);
    assert_eq!(remove(&house, "mira", &["LEO", "ana", "leo"]).await, Ok(()));
    assert_eq!(listed(&house, "mira").await, [] as [&str; 0]);
    assert_eq!(listed(&house, "leo").await, [] as [&str; 0]);
    let expected = [event(EventKind::FriendRemoved, "mira/ana"), event(EventKind::FriendRemoved, "mira/leo")];
    assert_eq!(events(&house, before.events.len()).await, expected);
    assert_eq!(remove(&house, "mira", &["leo"]).await, Err(Error::NotAFriend("leo".to_owned())));
}

async fn a_deactivated_friend_can_be_removed(engine: Engine) {
    let (house, _) = with(engine, &["leo", "mira"]).await;
    add(&house, "mira", &["leo"]).await.unwrap();
    users::deactivate(&house.directory, &operator(), uid("leo")).await.unwrap();
    assert_eq!(listed(&house, "mira").await, [] as [&str; 0]);
    assert_eq!(add(&house, "mira", &["leo"]).await, Ok(vec![told("leo", Err(unknown("leo")))]));
    assert_eq!(remove(&house, "mira", &["leo"]).await, Ok(()));
    let on = vec!["leo".to_owned()];
    users::switch_many(&house.directory, &operator(), on, users::Switch::On)
        .await
        .unwrap();
    assert_eq!(listed(&house, "leo").await, [] as [&str; 0]);
}

/// Gives a user so many friends, past every use case.
pub(crate) async fn befriend_many(house: &House, user: &str, many: i64) {
    let user: Uid = uid(user);
    for n in 0..many {
        house.create(&format!("{user}-{n}")).await;
    }
    let fill = move |tx: &mut rollcall_store::Tx<'_>| {
        let Some(me) = rollcall_store::users::active(tx, &shop(), &user)? else {
            return Ok(false);
        };
        for n in 0..many {
            let other = uid(&format!("{user}-{n}"));
            if let Some(other) = rollcall_store::users::active(tx, &shop(), &other)? {
                store::add(tx, &shop(), me, other, rollcall_model::Millis(1))?;
            }
        }
        Ok(store::count(tx, &shop(), me)? == many)
    };
    assert!(house.directory.store().write("test.befriend", fill).await.unwrap());
}

async fn the_limit_holds_on_either_side(engine: Engine) {
    let (house, _) = with(engine, &["ana", "leo", "mira"]).await;
    befriend_many(&house, "mira", MAX_FRIENDS - 1).await;
    let full = || Err(Error::TooManyFriends(uid("mira")));
    // In the order of the uids, so that `ana` has the last place; a friend already stays one.
    let outcomes = add(&house, "mira", &["leo", "mira-7", "ana"]).await.unwrap();
    let already = Err(Error::AlreadyFriend(uid("mira-7")));
    assert_eq!(outcomes, [told("leo", full()), told("mira-7", already), told("ana", Ok(()))]);
    assert_eq!(
        add(&house, "leo", &["mira", "ana"]).await,
        Ok(vec![told("mira", full()), told("ana", Ok(()))])
    );
    let again = add(&house, "mira", &["ana"]).await.unwrap();
    assert_eq!(
        again,
        [told("ana", Err(Error::AlreadyFriend(uid("ana"))))],
        "this is said before the limit"
    );
    // A friend who is hidden still counts.
    users::deactivate(&house.directory, &operator(), uid("mira-3")).await.unwrap();
    assert_eq!(add(&house, "mira", &["leo"]).await, Ok(vec![told("leo", full())]));
    remove(&house, "mira", &["mira-3"]).await.unwrap();
    assert_eq!(add(&house, "mira", &["leo"]).await, Ok(vec![told("leo", Ok(()))]));
    assert_eq!(listed(&house, "mira").await.len(), 1000);
}

async fn without_the_user_nothing_happens(engine: Engine) {
    let (house, _) = with(engine, &["gone", "leo"]).await;
    add(&house, "gone", &["leo"]).await.unwrap();
    users::deactivate(&house.directory, &operator(), uid("gone")).await.unwrap();
    let before = house.ledger().await;
    let page = Page { number: 1, size: 10 };
    for name in ["gone", "ghost"] {
        assert_eq!(add(&house, name, &["leo", "ghost"]).await, Err(unknown(name)));
        assert_eq!(add(&house, name, &[]).await, Err(unknown(name)));
        assert_eq!(remove(&house, name, &["leo"]).await, Err(unknown(name)));
        let list = friends::list(&house.directory, &operator(), uid(name), None, None, page).await;
        assert_eq!(list.unwrap_err(), unknown(name));
    }
    assert_eq!(house.ledger().await, before);
    assert_eq!(listed(&house, "leo").await, [] as [&str; 0]);
}

async fn a_list_shows_friends_as_the_user_sees_them(engine: Engine) {
    let (house, _) = with(engine, &["ana", "leo", "mira"]).await;
    add(&house, "mira", &["ana", "leo"]).await.unwrap();
    house.world.clock.advance(3_000);
    let block = async |user: &str, other: &str| {
        let named = vec![other.to_owned()];
        rollcall_directory::blocks::block(&house.directory, &operator(), uid(user), named)
            .await
            .unwrap();
    };
    block("mira", "leo").await;
    house.world.clock.advance(1_000);
    block("ana", "mira").await;
    let list = async |user: &str, key: Option<&str>, number| {
        let search = key.map(|key| UserSearch { key: key.to_owned(), in_uid: true, in_name: true });
        let page = Page { number, size: 1 };
        friends::list(&house.directory, &operator(), uid(user), search, None, page)
            .await
            .unwrap()
    };
    let start = rollcall_testkit::FixedClock::START.0;
    for (number, name, blocked_at, has_blocked_me) in
        [(1, "leo", Some(start + 3_000), false), (2, "ana", None, true)]
    {
        let listing = list("mira", None, number).await;
        assert_eq!((listing.items.len(), listing.total), (1, 2));
        let seen = &listing.items[0];
        assert_eq!(seen.user.uid, uid(name));
        assert_eq!(seen.relation.blocked_at.map(|at| at.0), blocked_at);
        assert_eq!(seen.relation.has_blocked_me, has_blocked_me);
    }
    let found = list("mira", Some("LE"), 1).await;
    assert_eq!((found.items[0].user.uid.as_str(), found.total), ("leo", 1));
    assert_eq!(list("mira", Some("mi"), 1).await.total, 0);
    assert!(list("leo", None, 1).await.items[0].relation.has_blocked_me, "a block ends no friendship");
}
