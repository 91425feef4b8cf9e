//! Blocks: one way, kept since the first time, inside one app.

use rollcall_model::{AppId, Listing, Millis, Page, User, UserKey};
use rollcall_store::{Sql, blocks};
use rollcall_testkit::Engine;

use crate::house::{House, NOW, club, plain, shop};

rollcall_testkit::on_both_engines! {
    a_block_goes_one_way_and_keeps_its_time,
    unblocking_says_whether_there_was_a_block,
    the_last_blocked_comes_first,
    pages_of_blocks_have_no_gap_and_know_the_total,
    a_deactivated_user_is_hidden_and_comes_back,
    a_removed_user_takes_blocks_along,
    blocks_count_in_their_app_alone,
}

static ROWS: Sql = Sql::new("count blocks", "select count(*) from blocks where app = $1");

const ALL: Page = Page { number: 1, size: 1000 };

async fn list(house: &House, app: AppId, user: UserKey, page: Page) -> Listing<(User, Millis)> {
    house.look(move |tx| blocks::list(tx, &app, user, page)).await
}

/// Who is blocked by a user of the shop, and when.
async fn blocked(house: &House, user: UserKey) -> Vec<(String, i64)> {
    let Listing { items, total } = list(house, shop(), user, ALL).await;
    assert_eq!(items.len(), usize::try_from(total).unwrap());
    items
        .into_iter()
        .map(|(user, at)| (user.uid.to_string(), at.0 - NOW.0))
        .collect()
}

async fn unblock(house: &House, app: AppId, user: UserKey, target: UserKey) -> bool {
    house.run(move |tx| blocks::unblock(tx, &app, user, target)).await
}

fn row(name: &str, at: i64) -> (String, i64) {
    (name.to_owned(), at)
}

async fn pair(house: &House) -> (User, User) {
    (house.insert(&shop(), plain("mira")).await, house.insert(&shop(), plain("leo")).await)
}

async fn a_block_goes_one_way_and_keeps_its_time(engine: Engine) {
    let house = House::new(engine).await;
    let (mira, leo) = pair(&house).await;
    assert!(house.block(&shop(), mira.key, leo.key, Millis(NOW.0 + 5)).await);
    assert!(!house.block(&shop(), mira.key, leo.key, Millis(NOW.0 + 9)).await);
    assert_eq!(blocked(&house, mira.key).await, [row("leo", 5)]);
    assert_eq!(blocked(&house, leo.key).await, []);
    assert!(house.block(&shop(), leo.key, mira.key, Millis(NOW.0 + 7)).await);
    assert_eq!(blocked(&house, leo.key).await, [row("mira", 7)]);
    assert_eq!(list(&house, shop(), mira.key, ALL).await.items[0].0, leo, "the record is whole");
}

async fn unblocking_says_whether_there_was_a_block(engine: Engine) {
    let house = House::new(engine).await;
    let (mira, leo) = pair(&house).await;
    assert!(!unblock(&house, shop(), mira.key, leo.key).await);
    house.block(&shop(), mira.key, leo.key, NOW).await;
    house.block(&shop(), leo.key, mira.key, NOW).await;
    assert!(unblock(&house, shop(), mira.key, leo.key).await);
    assert!(!unblock(&house, shop(), mira.key, leo.key).await);
    assert_eq!(blocked(&house, mira.key).await, []);
    assert_eq!(blocked(&house, leo.key).await, [row("mira", 0)], "the other way stays");
    assert!(house.block(&shop(), mira.key, leo.key, Millis(NOW.0 + 3)).await);
    assert_eq!(blocked(&house, mira.key).await, [row("leo", 3)], "a new block has a new time");
}

async fn the_last_blocked_comes_first(engine: Engine) {
    let house = House::new(engine).await;
    let (mira, leo) = pair(&house).await;
    house.block(&shop(), leo.key, mira.key, NOW).await;
    // In the same moment, whoever was made last comes first.
    for (id, at) in [("c", 5), ("a", 5), ("b", 7), ("d", -2000), ("e", 5)] {
        let other = house.insert(&shop(), plain(id)).await.key;
        house.block(&shop(), mira.key, other, Millis(NOW.0 + at)).await;
    }
    let order = [row("b", 7), row("e", 5), row("a", 5), row("c", 5), row("d", -2000)];
    assert_eq!(blocked(&house, mira.key).await, order);
}

async fn pages_of_blocks_have_no_gap_and_know_the_total(engine: Engine) {
    let house = House::new(engine).await;
    let (mira, leo) = pair(&house).await;
    for n in 0..12 {
        let id = format!("u{n}");
        let other = house.insert(&shop(), plain(&id)).await.key;
        house.block(&shop(), mira.key, other, Millis(NOW.0 + n % 5)).await;
        if n % 4 == 0 {
            house.deactivate(&shop(), &id).await;
        }
    }
    let whole = list(&house, shop(), mira.key, ALL).await;
    assert_eq!((whole.items.len(), whole.total), (9, 9));
    for size in [1, 2, 3, 8, 9, 10, i64::MAX] {
        let mut joined = Vec::new();
        for number in 1..=11 {
            let listing = list(&house, shop(), mira.key, Page { number, size }).await;
            assert_eq!(listing.total, 9, "page {number} of {size}");
            joined.extend(listing.items);
        }
        assert_eq!(joined, whole.items, "pages of {size}");
    }
    let past = list(&house, shop(), mira.key, Page { number: i64::MAX, size: 1000 }).await;
    assert_eq!((past.items.len(), past.total), (0, 9));
    for number in [1, 2] {
        let none = list(&house, shop(), leo.key, Page { number, size: 3 }).await;
        assert_eq!((none.items.len(), none.total), (0, 0));
    }
}

async fn a_deactivated_user_is_hidden_and_comes_back(engine: Engine) {
    let house = House::new(engine).await;
    let (mira, leo) = pair(&house).await;
    house.block(&shop(), mira.key, leo.key, NOW).await;
    house.deactivate(&shop(), "leo").await;
    assert_eq!(blocked(&house, mira.key).await, []);
    assert!(!house.block(&shop(), mira.key, leo.key, Millis(NOW.0 + 1)).await, "the block is kept");
    house.reactivate(&shop(), "leo").await;
    assert_eq!(blocked(&house, mira.key).await, [row("leo", 0)]);
    house.deactivate(&shop(), "leo").await;
    assert!(unblock(&house, shop(), mira.key, leo.key).await);
    house.reactivate(&shop(), "leo").await;
    assert_eq!(blocked(&house, mira.key).await, []);
}

async fn a_removed_user_takes_blocks_along(engine: Engine) {
    let house = House::new(engine).await;
    let (mira, leo) = pair(&house).await;
    let ana = house.insert(&shop(), plain("ana")).await;
    for (a, b) in [(&mira, &leo), (&leo, &mira), (&leo, &ana), (&ana, &mira)] {
        house.block(&shop(), a.key, b.key, NOW).await;
    }
    assert!(house.delete(&shop(), "leo").await);
    assert_eq!(house.number(&ROWS, &shop()).await, 1);
    assert_eq!(blocked(&house, mira.key).await, []);
    assert_eq!(blocked(&house, ana.key).await, [row("mira", 0)]);
    house.insert(&shop(), plain("leo")).await;
    assert_eq!(blocked(&house, mira.key).await, [], "another user of the old uid is not blocked");
}

async fn blocks_count_in_their_app_alone(engine: Engine) {
    let house = House::new(engine).await;
    let (mira, leo) = pair(&house).await;
    house.block(&shop(), mira.key, leo.key, NOW).await;
    assert_eq!(list(&house, club(), mira.key, ALL).await.total, 0);
    assert!(!unblock(&house, club(), mira.key, leo.key).await);
    assert_eq!(house.number(&ROWS, &shop()).await, 1);
}
