//! Users' numbers, which are never used again, and the revision, which rises with every change.

use rollcall_model::{Patch, UserPatch};
use rollcall_store::Sql;
use rollcall_testkit::Engine;

use crate::house::{House, NOW, club, plain, shop, texts};

rollcall_testkit::on_both_engines! {
    the_newest_users_number_is_not_used_again,
    numbers_are_not_used_again_after_reopening,
    numbers_are_unique_in_the_installation,
    the_revision_rises_with_every_change,
}

async fn the_newest_users_number_is_not_used_again(engine: Engine) {
    let house = House::new(engine).await;
    let mut highest = 0;
    for _ in 0..4 {
        let user = house.insert(&shop(), plain("mira")).await;
        assert!(user.key.0 > highest);
        highest = user.key.0;
        assert!(house.delete(&shop(), "mira").await);
    }
}

async fn numbers_are_not_used_again_after_reopening(engine: Engine) {
    let house = House::new(engine).await;
    let mut keys = Vec::new();
    for id in ["a", "b", "c"] {
        keys.push(house.insert(&shop(), plain(id)).await.key);
    }
    for id in ["a", "b", "c"] {
        assert!(house.delete(&shop(), id).await);
    }
    // The table is empty now: only what the engine wrote down beside it can remember.
    let house = house.reopen();
    let next = house.insert(&shop(), plain("a")).await.key;
    assert!(keys.iter().all(|&key| next > key), "{next:?} after {keys:?}");
}

async fn numbers_are_unique_in_the_installation(engine: Engine) {
    let house = House::new(engine).await;
    let mut keys = Vec::new();
    for id in ["a", "b", "c"] {
        keys.push(house.insert(&shop(), plain(id)).await.key);
        keys.push(house.insert(&club(), plain(id)).await.key);
    }
    assert!(keys.is_sorted_by(|a, b| a < b), "{keys:?}");
}

async fn the_revision_rises_with_every_change(engine: Engine) {
    static REVISION: Sql = Sql::new("revision", "select revision from users where app = $1 and uid = 'mira'");
    let house = House::new(engine).await;
    house.insert(&shop(), plain("mira")).await;
    house.insert(&club(), plain("mira")).await;
    let set = |text: &str| Patch::Set(text.to_owned());
    let patches = [
        UserPatch::default(),
        UserPatch { avatar: set("a"), ..UserPatch::default() },
        UserPatch { name: set("n"), ..UserPatch::default() },
        UserPatch { role: Patch::Clear, ..UserPatch::default() },
        UserPatch { name: set("m"), role: Patch::Clear, ..UserPatch::default() },
        UserPatch { tags: Patch::Set(texts(&["t"])), ..UserPatch::default() },
    ];
    let mut expected = 1;
    assert_eq!(house.number(&REVISION, &shop()).await, expected);
    for patch in patches {
        house.update(&shop(), "mira", patch, NOW).await.unwrap();
        expected += 1;
        assert_eq!(house.number(&REVISION, &shop()).await, expected);
    }
    house.deactivate(&shop(), "mira").await;
    assert_eq!(house.number(&REVISION, &shop()).await, expected + 1);
    // Nothing changes a second time, nor a record that is switched off.
    house.deactivate(&shop(), "mira").await;
    assert_eq!(house.update(&shop(), "mira", UserPatch::default(), NOW).await, None);
    assert_eq!(house.number(&REVISION, &shop()).await, expected + 1);
    house.reactivate(&shop(), "mira").await;
    assert_eq!(house.number(&REVISION, &shop()).await, expected + 2);
    assert_eq!(house.number(&REVISION, &club()).await, 1);
}
