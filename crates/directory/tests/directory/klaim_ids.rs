//! The Klaim ids that every user is given, and what happens when chance repeats itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rollcall_directory::{Directory, users};
use rollcall_model::{Entropy, Error};
use rollcall_testkit::{Engine, World};

use crate::house::{House, new_user, operator, uid};

rollcall_testkit::on_both_engines! { a_klaim_id_has_its_form, an_id_that_is_taken_is_drawn_again, a_klaim_id_is_no_free_uid }

/// Chance whose nth draw is `draws(n)`, in every byte.
struct Draws(AtomicU64, fn(u64) -> u8);

impl Entropy for Draws {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.1(self.0.fetch_add(1, Ordering::SeqCst)));
    }
}

async fn directory(house: &House, draws: fn(u64) -> u8) -> Directory {
    let (clock, entropy) = (house.world.clock.clone(), Arc::new(Draws(AtomicU64::new(0), draws)));
    let store = house.scratch.store();
    Directory::open(store, &World::secret_key(), clock, entropy).await.unwrap()
}

async fn a_klaim_id_has_its_form(engine: Engine) {
    let house = House::build(engine).await;
    house.world.clock.advance(7);
    let user = house.create("mira").await;
    let suffix = user.klaim_id.as_str().strip_prefix("1753000000007_").unwrap();
    assert!(suffix.len() == 5 && suffix.bytes().all(|b| b.is_ascii_alphanumeric()), "{suffix}");
    assert_eq!(user.user_id, "mira");
}

async fn an_id_that_is_taken_is_drawn_again(engine: Engine) {
    let house = House::build(engine).await;
    // Every draw comes twice: the second user meets the first one's id once.
    let stuttering = directory(&house, |n| (n / 2) as u8).await;
    for (name, klaim_id) in [("mira", "1753000000000_AAAAA"), ("leo", "1753000000000_BBBBB")] {
        let made = users::create(&stuttering, &operator(), new_user(name), false).await.unwrap();
        assert_eq!(made.user.klaim_id.as_str(), klaim_id);
    }
    let stuck = directory(&house, |_| 0).await;
    let before = house.ledger().await;
    let failure = users::create(&stuck, &operator(), new_user("ana"), true).await.unwrap_err();
    assert!(matches!(failure, Error::Internal(_)), "{failure}");
    assert_eq!(house.ledger().await, before);
    house.world.clock.advance(1);
    users::create(&stuck, &operator(), new_user("ana"), true).await.unwrap();
}

async fn a_klaim_id_is_no_free_uid(engine: Engine) {
    let house = House::build(engine).await;
    let digits = directory(&house, |_| 52).await;
    let first = users::create(&digits, &operator(), new_user("mira"), false).await.unwrap().user;
    let taken = first.klaim_id.as_str();
    assert_eq!(taken, "1753000000000_00000");
    let refusal = users::create(&house.directory, &operator(), new_user(taken), true)
        .await
        .unwrap_err();
    assert_eq!(refusal, Error::UidTaken(uid(taken)));
    assert_eq!(house.ledger().await.users, 1);
}
