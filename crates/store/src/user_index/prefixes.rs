//! Who shares the beginning of a text: a tree of the beginnings that many share.
//!
//! A node stands for a beginning that more than `few` users have, and holds who they are. What all of them go on with is
//! part of the node's beginning, so that a long text which many share costs one node and not one for each letter. Of a
//! letter with which few go on, only the number of those is known.

use std::mem;
use std::ops::Range;
use std::sync::Arc;

use super::column::Column;
use super::sets::{Found, Set, gathered};

#[derive(Debug)]
pub(super) struct Prefixes {
    root: Node,
    few: u64,
}

#[derive(Debug)]
struct Node {
    /// What lies between the beginning of the node above and this one's; it begins with the letter of the edge.
    label: Box<str>,
    users: Arc<Set>,
    /// With which letters their texts go on, in order.
    edges: Vec<(char, Edge)>,
}

#[derive(Debug)]
enum Edge {
    /// How many go on with this letter: too few for a node, or too many of late.
    Few(u64),
    Many(Box<Node>),
}

impl Prefixes {
    /// The tree of a column.
    pub(super) fn of(column: &Column, few: u64) -> Self {
        let rows = 0..column.len();
        // The root is the empty beginning, whatever all have in common.
        let root = Node {
            label: "".into(),
            users: Arc::new(gathered(column.numbers(rows.clone()).to_vec())),
            edges: edges(column, rows, 0, few),
        };
        Self { root, few }
    }

    /// Everybody who has the text at all.
    pub(super) fn all(&self) -> &Arc<Set> {
        &self.root.users
    }

    /// Whoever's text begins so.
    pub(super) fn find(&self, prefix: &str) -> Found {
        let (mut node, mut rest) = (&self.root, prefix);
        loop {
            let Some(letter) = rest.chars().next() else {
                return Found::Many(Arc::clone(&node.users));
            };
            match node.edge(letter) {
                None => return Found::Nobody,
                Some(Edge::Few(_)) => return Found::Few,
                Some(Edge::Many(child)) if child.label.starts_with(rest) => {
                    return Found::Many(Arc::clone(&child.users));
                }
                Some(Edge::Many(child)) => match rest.strip_prefix(&*child.label) {
                    Some(further) => (node, rest) = (child, further),
                    None => return Found::Nobody,
                },
            }
        }
    }

    /// Adds a user. Answers the beginning that more than few share now and that is to be given to [`Prefixes::grow`].
    pub(super) fn insert(&mut self, text: &str, number: u64) -> Option<Box<str>> {
        let (mut node, mut at) = (&mut self.root, 0);
        loop {
            Arc::make_mut(&mut node.users).insert(number);
            let rest = &text[at..];
            let letter = rest.chars().next()?;
            let position = match node.position(letter) {
                Ok(position) => position,
                Err(position) => {
                    node.edges.insert(position, (letter, Edge::Few(0)));
                    position
                }
            };
            match &mut node.edges[position].1 {
                Edge::Few(count) => {
                    *count += 1;
                    return (*count > self.few).then(|| text[..at + letter.len_utf8()].into());
                }
                Edge::Many(child) => {
                    let shared = common(&child.label, rest);
                    if shared < child.label.len() {
                        child.split(shared);
                    }
                    at += shared;
                    node = child;
                }
            }
        }
    }

    /// Takes away a user who was added with this text.
    pub(super) fn remove(&mut self, text: &str, number: u64) {
        self.root.remove(text, number, self.few / 2);
    }

    /// Whether a beginning has no node although more than few share it.
    pub(super) fn wants(&self, prefix: &str) -> bool {
        let Some((node, letter, _)) = self.root.above(prefix) else {
            return false;
        };
        matches!(node.edge(letter), Some(Edge::Few(count)) if *count > self.few)
    }

    /// Gives a beginning its node. The column holds whoever's text begins so.
    pub(super) fn grow(&mut self, prefix: &str, column: &Column) {
        let (few, rows) = (self.few, 0..column.len());
        if rows.is_empty() {
            return;
        }
        let Some((node, letter, depth)) = self.root.above_mut(prefix) else {
            return;
        };
        if let Ok(position) = node.position(letter) {
            node.edges[position].1 = Edge::Many(Box::new(Node::of(column, rows, depth, few)));
        }
    }
}

impl Node {
    /// The node of some rows, which share more than the first `depth` bytes.
    fn of(column: &Column, rows: Range<usize>, depth: usize, few: u64) -> Self {
        let first = column.text(rows.start);
        // What the first and the last in their order share, all between them share too.
        let end = common(first, column.text(rows.end - 1));
        Self {
            label: first[depth..end].into(),
            users: Arc::new(gathered(column.numbers(rows.clone()).to_vec())),
            edges: edges(column, rows, end, few),
        }
    }

    fn position(&self, letter: char) -> Result<usize, usize> {
        self.edges.binary_search_by_key(&letter, |(letter, _)| *letter)
    }

    fn edge(&self, letter: char) -> Option<&Edge> {
        self.position(letter).ok().map(|position| &self.edges[position].1)
    }

    /// Puts a node between the edge and this one, which stands for the first `at` bytes of the label alone.
    fn split(&mut self, at: usize) {
        let (above, below) = (self.label[..at].into(), Box::<str>::from(&self.label[at..]));
        let users = Arc::clone(&self.users);
        let mut lower = mem::replace(self, Self { label: above, users, edges: Vec::new() });
        lower.label = below;
        if let Some(letter) = lower.label.chars().next() {
            self.edges.push((letter, Edge::Many(Box::new(lower))));
        }
    }

    /// Removes a user, then whatever too few are left for: a node of fewer than `least`, or one with which all go on
    /// in the same way.
    fn remove(&mut self, text: &str, number: u64, least: u64) {
        Arc::make_mut(&mut self.users).remove(number);
        let Some(letter) = text.chars().next() else { return };
        let Ok(position) = self.position(letter) else { return };
        let left = match &mut self.edges[position].1 {
            Edge::Few(count) => {
                *count = count.saturating_sub(1);
                *count
            }
            Edge::Many(child) => {
                if let Some(rest) = text.strip_prefix(&*child.label) {
                    child.remove(rest, number, least);
                }
                child.join();
                child.users.len()
            }
        };
        if left == 0 {
            self.edges.remove(position);
        } else if left < least && matches!(self.edges[position].1, Edge::Many(_)) {
            self.edges[position].1 = Edge::Few(left);
        }
    }

    /// Becomes one with the node below if everybody goes on to that.
    fn join(&mut self) {
        let all = self.users.len();
        let [(_, Edge::Many(child))] = self.edges.as_mut_slice() else {
            return;
        };
        if child.users.len() == all {
            let label = [&*self.label, &*child.label].concat().into_boxed_str();
            let edges = mem::take(&mut child.edges);
            (self.label, self.edges) = (label, edges);
        }
    }

    /// The node right above this beginning, with the letter that leads to it and the length up to that.
    fn above(&self, prefix: &str) -> Option<(&Self, char, usize)> {
        let (mut node, mut at) = (self, 0);
        loop {
            let rest = &prefix[at..];
            let letter = rest.chars().next()?;
            match node.edge(letter)? {
                Edge::Few(_) => return (rest.len() == letter.len_utf8()).then_some((node, letter, at)),
                Edge::Many(child) => {
                    rest.strip_prefix(&*child.label)?;
                    at += child.label.len();
                    node = child;
                }
            }
        }
    }

    fn above_mut(&mut self, prefix: &str) -> Option<(&mut Self, char, usize)> {
        let (_, letter, depth) = self.above(prefix)?;
        let (mut node, mut at) = (self, 0);
        while at < depth {
            let position = node.position(prefix[at..].chars().next()?).ok()?;
            let Edge::Many(child) = &mut node.edges[position].1 else {
                return None;
            };
            at += child.label.len();
            node = child;
        }
        Some((node, letter, depth))
    }
}

/// With which letters rows go on that share their first `depth` bytes.
fn edges(column: &Column, rows: Range<usize>, depth: usize, few: u64) -> Vec<(char, Edge)> {
    let letter = |row| column.text(row)[depth..].chars().next();
    let mut edges = Vec::new();
    let mut start = rows.start;
    while start < rows.end {
        let this = letter(start);
        let end = (start + 1..rows.end).find(|&row| letter(row) != this).unwrap_or(rows.end);
        // Whose text ends here goes on with none.
        if let Some(this) = this {
            let count = (end - start) as u64;
            let edge = if count > few {
                Edge::Many(Box::new(Node::of(column, start..end, depth, few)))
            } else {
                Edge::Few(count)
            };
            edges.push((this, edge));
        }
        start = end;
    }
    edges.shrink_to_fit();
    edges
}

/// How many bytes two texts share at the beginning, in whole letters.
fn common(a: &str, b: &str) -> usize {
    let shared = a.chars().zip(b.chars()).take_while(|(a, b)| a == b);
    shared.map(|(letter, _)| letter.len_utf8()).sum()
}

#[cfg(test)]
mod tests;
