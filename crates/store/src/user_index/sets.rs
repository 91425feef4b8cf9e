//! Sets of users by their numbers, and what an index knows of one that is asked for.

use std::sync::Arc;

use roaring::RoaringTreemap;

/// Numbers of users, compressed.
pub(crate) type Set = RoaringTreemap;

/// What an index answers when it is asked for a set. A set is shared: whoever reads it keeps it as it was.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Found {
    /// There is nobody in it.
    Nobody,
    /// There are so few in it that the database says who.
    Few,
    /// These.
    Many(Arc<Set>),
}

/// A user's number as sets hold it. The database gives none below 1.
pub(super) fn number(key: i64) -> u64 {
    key.cast_unsigned()
}

/// How many are in a set.
pub(crate) fn size(set: &Set) -> i64 {
    i64::try_from(set.len()).unwrap_or(i64::MAX)
}

/// How many of a set are not below this number.
pub(crate) fn not_below(set: &Set, number: i64) -> i64 {
    let below = u64::try_from(number).ok().and_then(|number| number.checked_sub(1));
    size(set) - below.map_or(0, |last| i64::try_from(set.rank(last)).unwrap_or(i64::MAX))
}

/// Some numbers as a set.
pub(crate) fn gathered(mut numbers: Vec<u64>) -> Set {
    numbers.sort_unstable();
    numbers.into_iter().collect()
}

/// At most `limit` numbers, the highest first, without the first `offset`.
pub(crate) fn highest(set: &Set, offset: i64, limit: i64) -> Vec<i64> {
    let (Ok(offset), Ok(limit)) = (u64::try_from(offset), usize::try_from(limit)) else {
        return Vec::new();
    };
    let position = set.len().checked_sub(1).and_then(|last| last.checked_sub(offset));
    let Some(first) = position.and_then(|position| set.select(position)) else {
        return Vec::new();
    };
    let mut numbers = set.iter();
    numbers.advance_back_to(first);
    numbers.rev().take(limit).map(u64::cast_signed).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pages_are_those_of_a_plain_set(
            numbers in prop::collection::btree_set(prop_oneof![1..200_u64, 65_000..66_000_u64, (1_u64 << 32) - 5..(1 << 32) + 5], 0..300),
            offset in 0..320_i64,
            limit in 0..50_i64,
        ) {
            let set = gathered(numbers.iter().rev().copied().collect());
            let plain: Vec<i64> = numbers.iter().rev().map(|n| n.cast_signed())
                .skip(offset.unsigned_abs() as usize).take(limit.unsigned_abs() as usize).collect();
            prop_assert_eq!(highest(&set, offset, limit), plain);
            prop_assert_eq!(size(&set), numbers.len() as i64);
            let above = numbers.iter().filter(|number| number.cast_signed() >= limit).count();
            prop_assert_eq!(not_below(&set, limit), above as i64);
        }

        #[test]
        fn sets_are_joined_and_cut_as_plain_sets(
            a in prop::collection::btree_set(1..9_000_u64, 0..6_000),
            b in prop::collection::btree_set(1..9_000_u64, 0..200),
        ) {
            let set = |plain: &BTreeSet<u64>| plain.iter().copied().collect::<Set>();
            prop_assert_eq!(set(&a) & &set(&b), set(&(&a & &b)));
            prop_assert_eq!(set(&a) | &set(&b), set(&(&a | &b)));
        }
    }

    #[test]
    fn past_the_end_there_is_nobody() {
        let set = gathered(vec![3, 1, 2]);
        assert_eq!(highest(&set, 0, 2), [3, 2]);
        assert_eq!(highest(&set, 2, 5), [1]);
        for offset in [3, 4, i64::MAX] {
            assert!(highest(&set, offset, i64::MAX).is_empty());
        }
        assert!(highest(&Set::new(), 0, 1).is_empty());
    }
}
