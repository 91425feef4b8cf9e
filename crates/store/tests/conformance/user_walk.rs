//! The walk through users by their Klaim ids.

use rollcall_model::{KlaimId, Stretch, User, UserPatch};
use rollcall_store::user_walk;
use rollcall_testkit::Engine;

use crate::house::{House, NOW, club, plain, shop, uids};

rollcall_testkit::on_both_engines! { a_walk_goes_by_klaim_id, a_walk_survives_changes }

async fn walk(house: &House, after: Option<&KlaimId>, limit: i64) -> Stretch<User> {
    let after = after.cloned();
    house.look(move |tx| user_walk::list(tx, &shop(), after.as_ref(), limit)).await
}

async fn user(house: &House, uid: &str, klaim_id: &str) -> User {
    house
        .try_insert_as(&shop(), plain(uid), KlaimId::stored(klaim_id), NOW)
        .await
        .unwrap()
}

async fn a_walk_goes_by_klaim_id(engine: Engine) {
    let house = House::new(engine).await;
    assert_eq!(walk(&house, None, 9).await, Stretch { items: Vec::new(), more: false });
    // Capitals before small letters, on both engines.
    for (uid, klaim_id) in [
        ("d", "2_aaaaa"),
        ("a", "1_00000"),
        ("c", "1_aaaaa"),
        ("b", "1_ZZZZZ"),
        ("gone", "1_bbbbb"),
    ] {
        user(&house, uid, klaim_id).await;
    }
    house.insert(&club(), plain("elsewhere")).await;
    house.deactivate(&shop(), "gone").await;
    let all = walk(&house, None, 4).await;
    assert_eq!((uids(&all.items), all.more), (vec!["a", "b", "c", "d"], false));
    let first = walk(&house, None, 3).await;
    assert_eq!((uids(&first.items), first.more), (vec!["a", "b", "c"], true));
    let rest = walk(&house, Some(&first.items[2].klaim_id), 3).await;
    assert_eq!((uids(&rest.items), rest.more), (vec!["d"], false));
    assert_eq!(
        walk(&house, Some(&rest.items[0].klaim_id), 3).await,
        Stretch { items: Vec::new(), more: false }
    );
    // A place that nobody has.
    assert_eq!(uids(&walk(&house, Some(&KlaimId::stored("1_aaaab")), 9).await.items), ["d"]);
}

async fn a_walk_survives_changes(engine: Engine) {
    let house = House::new(engine).await;
    for (uid, klaim_id) in [("a", "1_aaaaa"), ("b", "2_aaaaa"), ("c", "3_aaaaa")] {
        user(&house, uid, klaim_id).await;
    }
    let first = walk(&house, None, 2).await;
    let place = first.items[1].klaim_id.clone();
    let patch = UserPatch { user_id: Some("zzz".to_owned()), ..UserPatch::default() };
    assert!(house.update(&shop(), "b", patch, NOW).await.is_some());
    user(&house, "early", "1_bbbbb").await;
    user(&house, "late", "4_aaaaa").await;
    assert_eq!(uids(&walk(&house, Some(&place), 9).await.items), ["c", "late"]);
    assert!(house.delete(&shop(), "b").await);
    assert_eq!(uids(&walk(&house, Some(&place), 9).await.items), ["c", "late"]);
}
