//! Balances and the ledger.

use rollcall_model::{AppId, CreditChange, Credits, Millis, NewCreditChange, Stretch, User};
use rollcall_store::credits::{self, Refused};
use rollcall_testkit::Engine;

use crate::house::{House, NOW, club, plain, shop};

rollcall_testkit::on_both_engines! {
    a_balance_moves_and_is_read_at_once,
    a_balance_stays_within_its_bounds,
    whoever_is_not_active_has_no_balance_to_change,
    the_ledger_is_newest_first,
    the_ledger_is_the_users_own_and_goes_with_the_user,
    a_refused_transaction_changes_nothing,
}

async fn change(house: &House, app: &AppId, user: &User, delta: i64) -> Result<CreditChange, Refused> {
    let (app, key, uid) = (app.clone(), user.key, user.uid.clone());
    let new = NewCreditChange {
        delta: Credits(delta),
        description: (delta > 0).then(|| format!("+{delta}")),
    };
    house.run(move |tx| credits::change(tx, &app, (key, &uid), &new, NOW)).await
}

async fn ledger(
    house: &House,
    app: &AppId,
    user: &User,
    before: Option<i64>,
    limit: i64,
) -> Stretch<CreditChange> {
    let (app, key) = (app.clone(), user.key);
    house.look(move |tx| credits::list(tx, &app, key, before, limit)).await
}

async fn balance(house: &House, user: &User) -> i64 {
    house.find(&shop(), user.uid.as_str()).await.unwrap().credit_balance.0
}

async fn a_balance_moves_and_is_read_at_once(engine: Engine) {
    let house = House::new(engine).await;
    let mira = house.insert(&shop(), plain("mira")).await;
    assert_eq!((mira.credit_balance, balance(&house, &mira).await), (Credits(0), 0));
    for (delta, after) in [(4050, 4050), (-25, 4025), (-4025, 0), (1, 1)] {
        let made = change(&house, &shop(), &mira, delta).await.unwrap();
        let CreditChange { id, delta: kept, balance: told, description, at } = made;
        assert!(id > 0);
        assert_eq!((kept, told, at), (Credits(delta), Credits(after), NOW));
        assert_eq!(description, (delta > 0).then(|| format!("+{delta}")));
        assert_eq!(balance(&house, &mira).await, after);
    }
    let after = house.find(&shop(), "mira").await.unwrap();
    assert_eq!(after.updated_at, None, "the record itself is as it was");
}

async fn a_balance_stays_within_its_bounds(engine: Engine) {
    let house = House::new(engine).await;
    let mira = house.insert(&shop(), plain("mira")).await;
    let max = Credits::MAX.0;
    assert_eq!(change(&house, &shop(), &mira, -1).await, Err(Refused::NotEnough));
    assert!(change(&house, &shop(), &mira, max).await.is_ok());
    assert_eq!(change(&house, &shop(), &mira, 1).await, Err(Refused::TooMany));
    assert_eq!(change(&house, &shop(), &mira, max).await, Err(Refused::TooMany));
    assert!(change(&house, &shop(), &mira, -max).await.is_ok());
    assert_eq!(change(&house, &shop(), &mira, -max).await, Err(Refused::NotEnough));
    assert_eq!(
        (balance(&house, &mira).await, ledger(&house, &shop(), &mira, None, 9).await.items.len()),
        (0, 2)
    );
}

async fn whoever_is_not_active_has_no_balance_to_change(engine: Engine) {
    let house = House::new(engine).await;
    let mira = house.insert(&shop(), plain("mira")).await;
    change(&house, &shop(), &mira, 5).await.unwrap();
    assert_eq!(change(&house, &club(), &mira, 5).await, Err(Refused::Unknown));
    house.deactivate(&shop(), "mira").await;
    for delta in [5, -5] {
        assert_eq!(change(&house, &shop(), &mira, delta).await, Err(Refused::Unknown));
    }
    house.reactivate(&shop(), "mira").await;
    assert_eq!(balance(&house, &mira).await, 5);
}

async fn the_ledger_is_newest_first(engine: Engine) {
    let house = House::new(engine).await;
    let mira = house.insert(&shop(), plain("mira")).await;
    let leo = house.insert(&shop(), plain("leo")).await;
    assert_eq!(ledger(&house, &shop(), &mira, None, 9).await, Stretch { items: Vec::new(), more: false });
    for delta in 1..=5 {
        change(&house, &shop(), &mira, delta).await.unwrap();
        change(&house, &shop(), &leo, 100 + delta).await.unwrap();
    }
    let deltas = |stretch: &Stretch<CreditChange>| -> Vec<i64> {
        stretch.items.iter().map(|change| change.delta.0).collect()
    };
    let first = ledger(&house, &shop(), &mira, None, 2).await;
    assert_eq!((deltas(&first), first.more), (vec![5, 4], true));
    let second = ledger(&house, &shop(), &mira, Some(first.items[1].id), 2).await;
    assert_eq!((deltas(&second), second.more), (vec![3, 2], true));
    let third = ledger(&house, &shop(), &mira, Some(second.items[1].id), 2).await;
    assert_eq!((deltas(&third), third.more), (vec![1], false));
    let exactly = ledger(&house, &shop(), &mira, None, 5).await;
    assert_eq!((exactly.items.len(), exactly.more), (5, false));
    assert_eq!(ledger(&house, &shop(), &mira, Some(third.items[0].id), 2).await.items, Vec::new());
}

async fn the_ledger_is_the_users_own_and_goes_with_the_user(engine: Engine) {
    let house = House::new(engine).await;
    let ours = house.insert(&shop(), plain("mira")).await;
    let theirs = house.insert(&club(), plain("mira")).await;
    change(&house, &shop(), &ours, 1).await.unwrap();
    change(&house, &club(), &theirs, 2).await.unwrap();
    assert!(ledger(&house, &club(), &ours, None, 9).await.items.is_empty());
    assert_eq!(ledger(&house, &club(), &theirs, None, 9).await.items.len(), 1);
    assert!(house.delete(&shop(), "mira").await);
    assert!(ledger(&house, &shop(), &ours, None, 9).await.items.is_empty());
    assert_eq!(ledger(&house, &club(), &theirs, None, 9).await.items.len(), 1);
    let again = house.insert(&shop(), plain("mira")).await;
    assert_eq!(
        (again.credit_balance, ledger(&house, &shop(), &again, None, 9).await.items.len()),
        (Credits(0), 0)
    );
}

async fn a_refused_transaction_changes_nothing(engine: Engine) {
    let house = House::new(engine).await;
    let mira = house.insert(&shop(), plain("mira")).await;
    let (key, uid) = (mira.key, mira.uid.clone());
    let new = NewCreditChange { delta: Credits(5), description: None };
    house
        .refused(move |tx| {
            credits::change(tx, &shop(), (key, &uid), &new, Millis(1))?.unwrap();
            Err::<(), _>(rollcall_model::Error::Denied.into())
        })
        .await;
    assert_eq!(
        (balance(&house, &mira).await, ledger(&house, &shop(), &mira, None, 9).await.items.len()),
        (0, 0)
    );
}
