//! What is committed before, during and after the snapshot that the index is built from.

use super::app::Parts;
use super::column::Column;
use super::listed::ListChange;
use super::prefixes::Prefixes;
use super::values::Values;
use super::*;

/// Users 1 to `last`, all of them active.
fn read_up_to(last: u64) -> Apps {
    let mut column = Column::default();
    (1..=last).for_each(|user| column.push(&format!("user-{user}"), user));
    let mut apps = Apps::new(1);
    let parts = Parts {
        active: (1..=last).collect(),
        deactivated: Set::new(),
        roles: Values::new(1),
        tags: Values::new(1),
        uids: Prefixes::of(&column, 1),
        names: Prefixes::of(&Column::default(), 1),
    };
    apps.put("shop", AppIndex::of(parts));
    apps
}

/// The commit that makes the user of its own number.
fn commit(index: &UserIndex, number: u64) {
    let traits = Traits {
        uid: format!("user-{number}").into(),
        name_key: None,
        role: "default".into(),
        tags: Vec::new(),
    };
    let change = ListChange::Entered { user: number, traits };
    index.committed(number.cast_signed(), vec![Listed { app: "shop".into(), change }]);
}

fn users(index: &UserIndex, version: i64) -> Result<Option<u64>> {
    index.look(version, &AppId::stored("shop"), |sets| sets.all().len())
}

#[test]
fn each_commit_is_followed_once_whichever_way_it_comes() {
    let index = UserIndex::new(1, 4, Arc::default());
    assert_eq!(index.next_version(), 5);
    // The snapshot shows the first two, and they are announced all the same.
    (5..=8).for_each(|number| commit(&index, number));
    assert_eq!(users(&index, 8).unwrap(), None, "not built yet");
    index.built(6, read_up_to(6));
    assert_eq!(users(&index, 8).unwrap(), Some(8));
    assert!(matches!(users(&index, 7), Err(Error::Retry(_))));
    commit(&index, 9);
    assert_eq!(users(&index, 9).unwrap(), Some(9));
    index.give_up();
    assert_eq!(users(&index, 9).unwrap(), None);
}

#[test]
fn a_commit_that_the_snapshot_showed_before_it_was_announced_is_not_followed_again() {
    let index = UserIndex::new(1, 4, Arc::default());
    index.built(6, read_up_to(6));
    assert_eq!(users(&index, 6).unwrap(), Some(6));
    let gone = ListChange::Switched { user: 1, active: false };
    index.committed(6, vec![Listed { app: "shop".into(), change: gone }]);
    let active = index.look(6, &AppId::stored("shop"), |sets| sets.active().len());
    assert_eq!(active.unwrap(), Some(6));
    assert_eq!(index.next_version(), 7);
}
