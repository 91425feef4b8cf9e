//! How users stand to each other: both directions, one by one and many at once.

use rollcall_model::{Millis, Relation, UserKey};
use rollcall_store::blocks;
use rollcall_testkit::Engine;

use crate::house::{House, NOW, club, plain, shop};

rollcall_testkit::on_both_engines! {
    a_relation_has_two_directions,
    many_relations_come_in_the_order_asked,
}

async fn relation(house: &House, viewer: UserKey, other: UserKey) -> Relation {
    let relation = blocks::relation(house, &shop(), viewer, other).await.unwrap();
    let many = house.look(move |tx| blocks::relations(tx, &shop(), viewer, &[other])).await;
    assert_eq!(many, [relation]);
    relation
}

fn stands(blocked_at: Option<i64>, has_blocked_me: bool) -> Relation {
    Relation {
        blocked_at: blocked_at.map(|at| Millis(NOW.0 + at)),
        has_blocked_me,
    }
}

async fn a_relation_has_two_directions(engine: Engine) {
    let house = House::new(engine).await;
    let mira = house.insert(&shop(), plain("mira")).await.key;
    let leo = house.insert(&shop(), plain("leo")).await.key;
    assert_eq!(relation(&house, mira, leo).await, stands(None, false));
    house.block(&shop(), mira, leo, Millis(NOW.0 + 4)).await;
    assert_eq!(relation(&house, mira, leo).await, stands(Some(4), false));
    assert_eq!(relation(&house, leo, mira).await, stands(None, true));
    house.block(&shop(), leo, mira, Millis(NOW.0 + 6)).await;
    assert_eq!(relation(&house, mira, leo).await, stands(Some(4), true));
    assert_eq!(relation(&house, leo, mira).await, stands(Some(6), true));
    assert_eq!(relation(&house, mira, mira).await, stands(None, false));
    assert_eq!(relation(&house, mira, UserKey(-1)).await, stands(None, false));
    let elsewhere = blocks::relation(&house, &club(), mira, leo).await.unwrap();
    assert_eq!(elsewhere, stands(None, false));
}

async fn many_relations_come_in_the_order_asked(engine: Engine) {
    let house = House::new(engine).await;
    let me = house.insert(&shop(), plain("me")).await.key;
    let mut known = Vec::new();
    for n in 0..205 {
        let other = house.insert(&shop(), plain(&format!("u{n}"))).await.key;
        let (by_me, of_me) = (n % 3 == 0, n % 2 == 0);
        if by_me {
            house.block(&shop(), me, other, Millis(NOW.0 + n)).await;
        }
        if of_me {
            house.block(&shop(), other, me, NOW).await;
        }
        known.push((other, stands(by_me.then_some(n), of_me)));
    }
    // In no order of theirs, one of them twice, and one who is nobody.
    known.sort_by_key(|(other, _)| other.0 * 7919 % 211);
    known.insert(40, known[150]);
    known.insert(101, (UserKey(i64::MAX), stands(None, false)));
    for length in [0, 1, 2, 99, 100, 101, 199, 200, 201, known.len()] {
        let keys: Vec<_> = known[..length].iter().map(|(other, _)| *other).collect();
        let relations = house.look(move |tx| blocks::relations(tx, &shop(), me, &keys)).await;
        let expected: Vec<_> = known[..length].iter().map(|(_, relation)| *relation).collect();
        assert_eq!(relations, expected, "{length} of them");
    }
}
