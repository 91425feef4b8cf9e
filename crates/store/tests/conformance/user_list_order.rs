//! The order of lists, and their pages.

use rollcall_model::{Millis, Page};
use rollcall_testkit::Engine;

use crate::house::{House, club, everyone, plain, shop, uids};

rollcall_testkit::on_both_engines! {
    the_last_made_comes_first,
    a_user_who_comes_back_has_the_old_place,
    pages_cut_the_list_without_gap_or_overlap,
    past_the_end_there_is_nothing_but_the_total,
}

const SECOND: i64 = 1_753_000_000_000;

async fn the_last_made_comes_first(engine: Engine) {
    let house = House::new(engine).await;
    // Whatever the clocks of several servers said, and whatever the uids are.
    let births = [("b", SECOND + 999), ("a", SECOND), ("z", SECOND + 1000), ("_", SECOND - 1), ("c", SECOND)];
    for (id, at) in births {
        house.insert_at(&shop(), plain(id), Millis(at)).await;
        house.insert_at(&club(), plain(id), Millis(at)).await;
    }
    assert_eq!(uids(&house.list(&shop(), everyone()).await.items), ["c", "_", "z", "a", "b"]);
}

async fn a_user_who_comes_back_has_the_old_place(engine: Engine) {
    let house = House::new(engine).await;
    for id in ["a", "b", "c"] {
        house.insert(&shop(), plain(id)).await;
    }
    house.deactivate(&shop(), "b").await;
    house.insert(&shop(), plain("d")).await;
    assert_eq!(uids(&house.list(&shop(), everyone()).await.items), ["d", "c", "a"]);
    house.reactivate(&shop(), "b").await;
    assert_eq!(uids(&house.list(&shop(), everyone()).await.items), ["d", "c", "b", "a"]);
    // Somebody new who gets the uid of somebody who was removed is somebody new.
    assert!(house.delete(&shop(), "a").await);
    house.insert(&shop(), plain("a")).await;
    assert_eq!(uids(&house.list(&shop(), everyone()).await.items), ["a", "d", "c", "b"]);
}

async fn pages_cut_the_list_without_gap_or_overlap(engine: Engine) {
    let house = House::new(engine).await;
    for n in 0..11 {
        house
            .insert_at(&shop(), plain(&format!("u{n:02}")), Millis(SECOND + n / 4 * 1000))
            .await;
    }
    let whole = house.list(&shop(), everyone()).await.items;
    for size in [1, 2, 3, 5, 10, 11, 12] {
        let mut joined = Vec::new();
        for number in 1..=(11 + size - 1) / size {
            let mut query = everyone();
            query.page = Page { number, size };
            let listing = house.list(&shop(), query).await;
            assert_eq!(listing.total, 11);
            joined.extend(listing.items);
        }
        assert_eq!(joined, whole, "pages of {size}");
    }
}

async fn past_the_end_there_is_nothing_but_the_total(engine: Engine) {
    let house = House::new(engine).await;
    for id in ["a", "b", "c"] {
        house.insert(&shop(), plain(id)).await;
    }
    for (number, size) in [(2, 3), (4, 1), (5, 1), (i64::MAX, 1), (i64::MAX, 1000), (i64::MAX / 1000, 1000)] {
        let mut query = everyone();
        query.page = Page { number, size };
        let listing = house.list(&shop(), query).await;
        assert_eq!((listing.items.len(), listing.total), (0, 3), "page {number} of {size}");
    }
    let mut query = everyone();
    query.page = Page { number: 1, size: i64::MAX };
    assert_eq!(house.list(&shop(), query).await.items.len(), 3);
}
