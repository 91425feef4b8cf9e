//! Names with brackets, which put single values together to objects and lists: `a[b]=1`, `a[]=1`, `a[][b]=1`.

use indexmap::IndexMap;
use serde::{Serialize, Serializer};
use serde_json::value::to_raw_value;

use super::{BadParams, Fields};

/// Fields in one form.
pub(super) const MAX_FIELDS: usize = 1000;

/// Brackets in one name.
const MAX_DEPTH: usize = 32;

/// A form while it is put together.
#[derive(Debug, Default)]
pub(super) struct Tree {
    roots: IndexMap<String, Node>,
    /// How many fields have been added.
    count: usize,
}

/// What stands under a name.
#[derive(Debug, Default)]
enum Node {
    /// Nothing yet, or a name without a value.
    #[default]
    Null,
    Text(String),
    List(Vec<Node>),
    Object(IndexMap<String, Node>),
}

/// One pair of brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step<'a> {
    /// `[]`: one more in the list.
    Next,
    /// `[key]`: the member of the object.
    Member(&'a str),
}

impl Tree {
    /// Adds a field. The last of several with one name counts; a field without a name does not.
    pub(super) fn add(&mut self, name: &str, value: Option<String>) -> Result<(), BadParams> {
        self.count += 1;
        if self.count > MAX_FIELDS {
            return Err(BadParams::Malformed);
        }
        let (root, steps) = steps(name)?;
        if root.is_empty() {
            return Ok(());
        }
        let value = value.map_or(Node::Null, Node::Text);
        self.roots.entry(root.to_owned()).or_default().put(&steps, value)
    }

    /// What came together, as JSON.
    pub(super) fn into_fields(self) -> Result<Fields, BadParams> {
        let as_json = |(name, node)| {
            let json = to_raw_value(&node).map_err(|_| BadParams::Malformed)?;
            Ok((name, json))
        };
        self.roots.into_iter().map(as_json).collect()
    }
}

impl Node {
    /// Puts a value where the steps lead.
    fn put(&mut self, steps: &[Step<'_>], value: Self) -> Result<(), BadParams> {
        let Some((step, rest)) = steps.split_first() else {
            *self = value;
            return Ok(());
        };
        match step {
            Step::Next => self.grow(rest, value),
            Step::Member(key) => self.object()?.entry((*key).to_owned()).or_default().put(rest, value),
        }
    }

    fn list(&mut self) -> Result<&mut Vec<Self>, BadParams> {
        if matches!(self, Self::Null) {
            *self = Self::List(Vec::new());
        }
        match self {
            Self::List(list) => Ok(list),
            Self::Null | Self::Text(_) | Self::Object(_) => Err(BadParams::Malformed),
        }
    }

    fn object(&mut self) -> Result<&mut IndexMap<String, Self>, BadParams> {
        if matches!(self, Self::Null) {
            *self = Self::Object(IndexMap::new());
        }
        match self {
            Self::Object(object) => Ok(object),
            Self::Null | Self::Text(_) | Self::List(_) => Err(BadParams::Malformed),
        }
    }

    /// Adds to the list that this is. Members of an object follow each other: a new one begins where a member comes again.
    fn grow(&mut self, steps: &[Step<'_>], value: Self) -> Result<(), BadParams> {
        let list = self.list()?;
        match (list.last_mut(), steps.first()) {
            (Some(last @ Self::Object(_)), Some(Step::Member(_))) if !last.holds(steps) => {
                last.put(steps, value)
            }
            // Lists hold no nulls: Rails drops them.
            (_, None) if matches!(value, Self::Null) => Ok(()),
            _ => {
                let mut next = Self::Null;
                next.put(steps, value)?;
                list.push(next);
                Ok(())
            }
        }
    }

    /// Whether there is something already where the steps lead.
    fn holds(&self, steps: &[Step<'_>]) -> bool {
        match (self, steps.split_first()) {
            (_, None) => true,
            (Self::Object(object), Some((Step::Member(key), rest))) => {
                object.get(*key).is_some_and(|member| member.holds(rest))
            }
            _ => false,
        }
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, target: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => target.serialize_unit(),
            Self::Text(text) => target.serialize_str(text),
            Self::List(list) => list.serialize(target),
            Self::Object(object) => object.serialize(target),
        }
    }
}

/// A name's first part and its brackets. What follows them, or an open one, is the name of a member, as in Rack.
fn steps(name: &str) -> Result<(&str, Vec<Step<'_>>), BadParams> {
    // A bracket at the very start is part of the name; so is a lone one at the end.
    let start = name.bytes().skip(1).position(|byte| byte == b'[').map(|at| at + 1);
    let Some(start) = start.filter(|start| start + 1 < name.len()) else {
        return Ok((name, Vec::new()));
    };
    let (root, mut rest) = name.split_at(start);
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if steps.len() == MAX_DEPTH {
            return Err(BadParams::Malformed);
        }
        let (key, after) = rest
            .strip_prefix('[')
            .and_then(|inside| inside.split_once(']'))
            .unwrap_or((rest, ""));
        steps.push(if key.is_empty() { Step::Next } else { Step::Member(key) });
        rest = after;
    }
    Ok((root, steps))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the pairs come to, as one JSON object.
    fn tree(pairs: &[(&str, &str)]) -> Result<String, BadParams> {
        let mut tree = Tree::default();
        for (name, value) in pairs {
            tree.add(name, Some((*value).to_owned()))?;
        }
        tree.into_fields().map(|fields| serde_json::to_string(&fields).unwrap())
    }

    #[test]
    fn brackets_make_objects_and_lists() {
        let cases: [(&[(&str, &str)], &str); 13] = [
            (&[("a", "1"), ("b", "")], r#"{"a":"1","b":""}"#),
            (&[("a", "1"), ("a", "2")], r#"{"a":"2"}"#),
            (&[("a[b]", "1"), ("a[c][d]", "2")], r#"{"a":{"b":"1","c":{"d":"2"}}}"#),
            (&[("a[b]", "1"), ("a[b]", "2")], r#"{"a":{"b":"2"}}"#),
            (&[("a[]", "1"), ("a[]", "2")], r#"{"a":["1","2"]}"#),
            (&[("a[b][]", "1"), ("a[b][]", "2")], r#"{"a":{"b":["1","2"]}}"#),
            (
                &[("a[][b]", "1"), ("a[][c]", "2"), ("a[][b]", "3")],
                r#"{"a":[{"b":"1","c":"2"},{"b":"3"}]}"#,
            ),
            (
                &[("a[][b][c]", "1"), ("a[][b][d]", "2"), ("a[][b][c]", "3")],
                r#"{"a":[{"b":{"c":"1","d":"2"}},{"b":{"c":"3"}}]}"#,
            ),
            (&[("a[][b][]", "1"), ("a[][b][]", "2")], r#"{"a":[{"b":["1","2"]}]}"#),
            (&[("a[][]", "1"), ("a[][]", "2")], r#"{"a":[["1"],["2"]]}"#),
            (&[("a[é]", "ü\"\n")], r#"{"a":{"é":"ü\"\n"}}"#),
            // The later one stands, whatever the former was.
            (&[("a[b]", "1"), ("a", "2")], r#"{"a":"2"}"#),
            (&[("", "1"), ("é[x]", "2")], r#"{"é":{"x":"2"}}"#),
        ];
        for (pairs, expected) in cases {
            assert_eq!(tree(pairs).as_deref(), Ok(expected), "{pairs:?}");
        }
    }

    #[test]
    fn odd_brackets_are_names() {
        let cases = [
            ("[", r#"{"[":"v"}"#),
            ("]", r#"{"]":"v"}"#),
            ("[]", r#"{"[]":"v"}"#),
            ("[a]", r#"{"[a]":"v"}"#),
            ("a[", r#"{"a[":"v"}"#),
            ("a]", r#"{"a]":"v"}"#),
            ("a[b", r#"{"a":{"[b":"v"}}"#),
            ("a[b]c", r#"{"a":{"b":{"c":"v"}}}"#),
            ("a[]b", r#"{"a":[{"b":"v"}]}"#),
            ("a[[b]]", r#"{"a":{"[b":{"]":"v"}}}"#),
            ("[a][b]", r#"{"[a]":{"b":"v"}}"#),
        ];
        for (name, expected) in cases {
            assert_eq!(tree(&[(name, "v")]).as_deref(), Ok(expected), "{name}");
        }
    }

    #[test]
    fn names_that_contradict_each_other_are_refused() {
        let cases: [&[(&str, &str)]; 6] = [
            &[("a", "1"), ("a[b]", "2")],
            &[("a", "1"), ("a[]", "2")],
            &[("a[]", "1"), ("a[b]", "2")],
            &[("a[b]", "1"), ("a[]", "2")],
            &[("a[b]", "1"), ("a[b][c]", "2")],
            &[("a[][b]", "1"), ("a[][b][c]", "2")],
        ];
        for pairs in cases {
            assert_eq!(tree(pairs), Err(BadParams::Malformed), "{pairs:?}");
        }
    }

    #[test]
    fn a_name_without_a_value_is_null_until_it_gets_one() {
        let mut tree = Tree::default();
        for name in ["a", "b", "c[]", "d[x]"] {
            tree.add(name, None).unwrap();
        }
        tree.add("b[x]", Some("1".to_owned())).unwrap();
        let json = serde_json::to_string(&tree.into_fields().unwrap()).unwrap();
        assert_eq!(json, r#"{"a":null,"b":{"x":"1"},"c":[],"d":{"x":null}}"#);
    }

    #[test]
    fn depth_and_number_are_limited_at_their_edges() {
        for brackets in ["[]", "[k]"] {
            let name = |depth| format!("a{}", brackets.repeat(depth));
            assert!(tree(&[(&name(MAX_DEPTH), "v")]).is_ok());
            assert_eq!(tree(&[(&name(MAX_DEPTH + 1), "v")]), Err(BadParams::Malformed));
        }
        assert!(tree(&[("a", "v"); MAX_FIELDS]).is_ok());
        assert_eq!(tree(&[("a[]", "v"); MAX_FIELDS + 1]), Err(BadParams::Malformed));
        assert_eq!(tree(&[("", "v"); MAX_FIELDS + 1]), Err(BadParams::Malformed));
    }
}
