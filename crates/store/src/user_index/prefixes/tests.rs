use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

/// A tree beside a plain list of the same users.
struct Twin {
    tree: Prefixes,
    plain: BTreeMap<u64, String>,
    few: u64,
}

impl Twin {
    fn new(few: u64) -> Self {
        Self {
            tree: Prefixes::of(&Column::default(), few),
            plain: BTreeMap::new(),
            few,
        }
    }

    /// As the tree is after a start.
    fn rebuilt(&self) -> Prefixes {
        Prefixes::of(&self.column(""), self.few)
    }

    fn column(&self, prefix: &str) -> Column {
        let mut rows: Vec<_> = self.plain.iter().filter(|(_, text)| text.starts_with(prefix)).collect();
        rows.sort_by_key(|(number, text)| (text.as_str(), **number));
        let mut column = Column::default();
        rows.into_iter().for_each(|(number, text)| column.push(text, *number));
        column
    }

    fn insert(&mut self, number: u64, text: &str) {
        self.remove(number);
        self.plain.insert(number, text.to_owned());
        if let Some(prefix) = self.tree.insert(text, number) {
            assert!(self.tree.wants(&prefix), "{prefix:?}");
            let column = self.column(&prefix);
            self.tree.grow(&prefix, &column);
            assert!(!self.tree.wants(&prefix), "{prefix:?}");
        }
    }

    fn remove(&mut self, number: u64) {
        if let Some(text) = self.plain.remove(&number) {
            self.tree.remove(&text, number);
        }
    }

    fn with(&self, prefix: &str) -> BTreeSet<u64> {
        let rows = self.plain.iter().filter(|(_, text)| text.starts_with(prefix));
        rows.map(|(number, _)| *number).collect()
    }

    /// Asks for the beginnings of all texts, and for what lies beside and behind them.
    fn check(&self) {
        let mut asked = BTreeSet::from([String::new(), "a".to_owned(), "\u{10ffff}".to_owned()]);
        for text in self.plain.values() {
            for (at, _) in text.char_indices() {
                asked.insert(text[..at].to_owned());
                asked.insert(format!("{}\u{e000}", &text[..at]));
                asked.insert(format!("{}a", &text[..at]));
            }
            asked.insert(text.clone());
            asked.insert(format!("{text}b"));
        }
        for tree in [&self.tree, &self.rebuilt()] {
            for prefix in &asked {
                let with = self.with(prefix);
                match tree.find(prefix) {
                    Found::Nobody => assert!(with.is_empty(), "{prefix:?}: {with:?}"),
                    Found::Few => {
                        let few = self.few as usize;
                        assert!(with.len() <= few, "{prefix:?}: {with:?}");
                    }
                    Found::Many(set) => assert!(set.iter().eq(with), "{prefix:?}"),
                }
            }
        }
    }

    /// How many nodes there are, and how many users they hold together.
    fn size(&self) -> (usize, u64) {
        fn of(node: &Node) -> (usize, u64) {
            let below = node.edges.iter().map(|(_, edge)| match edge {
                Edge::Few(_) => (0, 0),
                Edge::Many(child) => of(child),
            });
            below.fold((1, node.users.len()), |a, b| (a.0 + b.0, a.1 + b.1))
        }
        of(&self.tree.root)
    }
}

fn text() -> impl Strategy<Value = String> {
    let letters = prop::sample::select(vec!['a', 'b', 'é', 'è', '😀', '😁', '\u{10ffff}']);
    prop::collection::vec(letters, 0..6).prop_map(|letters| letters.into_iter().collect())
}

proptest! {
    #[test]
    fn a_tree_finds_what_a_plain_list_finds(
        few in 1..5_u64,
        steps in prop::collection::vec((1..40_u64, prop::option::weighted(0.7, text())), 0..120),
    ) {
        let mut twin = Twin::new(few);
        for (number, text) in steps {
            match text {
                Some(text) => twin.insert(number, &text),
                None => twin.remove(number),
            }
        }
        twin.check();
        let numbers: Vec<u64> = twin.plain.keys().copied().collect();
        numbers.into_iter().for_each(|number| twin.remove(number));
        twin.check();
        prop_assert_eq!(twin.size(), (1, 0));
    }
}

#[test]
fn what_many_share_costs_one_node_however_long_it_is() {
    let mut twin = Twin::new(8);
    for n in 0..100 {
        twin.insert(n + 1, &format!("the-same-long-beginning-{n:02}"));
    }
    twin.check();
    // The root, the beginning and its ten digits.
    assert_eq!(twin.size(), (12, 300));
    // One user who goes another way takes it apart, and its leaving joins it again.
    twin.insert(200, "the-other");
    twin.check();
    assert_eq!(twin.size(), (13, 402));
    twin.remove(200);
    twin.check();
    assert_eq!(twin.size(), (12, 300));
    twin.insert(200, "the");
    assert_eq!(twin.size().0, 13);
    twin.remove(200);
    assert_eq!(twin.size(), (12, 300));
}

#[test]
fn a_node_goes_when_half_are_left() {
    let mut twin = Twin::new(8);
    for n in 1..=9 {
        twin.insert(n, &format!("b{n}"));
    }
    twin.insert(20, "c");
    assert_eq!(twin.size(), (2, 19));
    for n in 1..=5 {
        twin.remove(n);
        assert_eq!(twin.tree.find("b"), Found::Many(Arc::new(gathered((n + 1..=9).collect()))));
    }
    twin.remove(6);
    assert_eq!(twin.tree.find("b"), Found::Few);
    assert_eq!(twin.size(), (1, 4));
    (7..=9).for_each(|n| twin.remove(n));
    assert_eq!(twin.tree.find("b"), Found::Nobody);
}

#[test]
fn a_set_stays_as_it_was_for_whoever_holds_it() {
    let mut twin = Twin::new(2);
    (1..=5).for_each(|n| twin.insert(n, &format!("b{n}")));
    let Found::Many(held) = twin.tree.find("b") else {
        panic!("not kept")
    };
    twin.remove(1);
    twin.insert(6, "b6");
    assert!(held.iter().eq(1..=5));
    twin.check();
}
