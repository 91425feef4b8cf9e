//! The order of lists, and their pages.

use rollcall_model::{Millis, Page};
use rollcall_testkit::Engine;

use crate::house::{House, club, everyone, plain, shop, uids};

rollcall_testkit::on_both_engines! {
    newest_second_first,
    within_a_second_by_code_point,
    pages_cut_the_list_without_gap_or_overlap,
    past_the_end_there_is_nothing_but_the_total,
}

const SECOND: i64 = 1_753_000_000_000;

async fn newest_second_first(engine: Engine) {
    let house = House::new(engine).await;
    // The same second, whatever its milliseconds say; then the one after, and one before.
    for (id, at) in [
        ("b", SECOND + 999),
        ("a", SECOND),
        ("late", SECOND + 1000),
        ("early", SECOND - 1),
        ("c", SECOND + 500),
    ] {
        house.insert_at(&shop(), plain(id), Millis(at)).await;
        house.insert_at(&club(), plain(id), Millis(at)).await;
    }
    assert_eq!(uids(&house.list(&shop(), everyone()).await.items), ["late", "a", "b", "c", "early"]);
}

async fn within_a_second_by_code_point(engine: Engine) {
    let house = House::new(engine).await;
    let sorted = [
        "-", "--", "-a", "0", "01", "10", "9", "_", "_0", "a", "a-", "a-b", "a0", "a_", "aa", "ab", "b", "z",
        "z_",
    ];
    // Made in an order that helps nobody.
    for n in 0..sorted.len() {
        house
            .insert_at(&shop(), plain(sorted[n * 7 % sorted.len()]), Millis(SECOND))
            .await;
    }
    assert_eq!(uids(&house.list(&shop(), everyone()).await.items), sorted);
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
