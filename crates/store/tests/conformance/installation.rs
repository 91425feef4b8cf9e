//! The installation's own facts.

use rollcall_model::Uid;
use rollcall_store::installation::{epoch, key_check, raise_epoch};
use rollcall_testkit::Engine;

use crate::house::House;

rollcall_testkit::on_both_engines! {
    the_epoch_rises_by_one,
    an_epoch_that_was_undone_did_not_rise,
    two_may_raise_the_epoch_at_once,
    the_first_proof_of_the_key_is_kept,
}

async fn the_epoch_rises_by_one(engine: Engine) {
    let house = House::new(engine).await;
    assert_eq!(epoch(&house).await.unwrap(), "");
    for expected in 1..=11 {
        house.run(raise_epoch).await;
        assert_eq!(epoch(&house).await.unwrap(), expected.to_string());
    }
    let house = house.reopen();
    assert_eq!(epoch(&house).await.unwrap(), "11");
}

async fn an_epoch_that_was_undone_did_not_rise(engine: Engine) {
    let house = House::new(engine).await;
    house.run(raise_epoch).await;
    house
        .refused(|tx| {
            raise_epoch(tx)?;
            let taken = Uid::parse("no").unwrap();
            Err::<(), _>(rollcall_model::Error::UidTaken(taken).into())
        })
        .await;
    assert_eq!(epoch(&house).await.unwrap(), "1");
}

async fn two_may_raise_the_epoch_at_once(engine: Engine) {
    let house = House::new(engine).await;
    let raise = || house.run(raise_epoch);
    tokio::join!(raise(), raise(), raise(), raise(), raise());
    assert_eq!(epoch(&house).await.unwrap(), "5");
}

async fn the_first_proof_of_the_key_is_kept(engine: Engine) {
    let house = House::new(engine).await;
    assert_eq!(house.run(|tx| key_check(tx, "first")).await, "first");
    assert_eq!(house.run(|tx| key_check(tx, "second")).await, "first");
    let house = house.reopen();
    assert_eq!(house.run(|tx| key_check(tx, "third")).await, "first");
    assert_eq!(epoch(&house).await.unwrap(), "", "the proof is not the epoch");
}
