//! The statements of lists of users, one for every shape that a query can have.

use std::collections::HashMap;
use std::sync::LazyLock;

use rollcall_model::{Activity, MAX_CHOICES, UserQuery};

use super::totals;
use crate::users::columns;
use crate::{Error, Result, Sql};

/// A user's friends. Their numbers, which stand in the key, are the order of the list.
const FRIENDS: &str = "(select friend_key from friends where app = $1 and user_key = $2) friend";

/// How many values a filter offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Choice {
    Any,
    One,
    Several,
}

impl Choice {
    pub(super) fn of(values: usize) -> Self {
        match values {
            0 => Self::Any,
            1 => Self::One,
            _ => Self::Several,
        }
    }
}

pub(super) const CHOICES: [Choice; 3] = [Choice::Any, Choice::One, Choice::Several];
pub(super) const ACTIVITIES: [Activity; 3] = [Activity::Active, Activity::Deactivated, Activity::Any];

/// How a statement goes about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Way {
    /// Counts what a search or tags find, or friends; all else is counted already (`totals`). Without an order to keep,
    /// engines find the cheapest way through a search by themselves; what has a tag is gathered.
    Count,
    /// Walks through the users in the order of the list until the page is full: right when many fit, and for friends.
    Walk,
    /// Gathers what the search or the tags find, then sorts: right when few fit.
    Gather,
}

/// What a statement looks like; everything else is a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    way: Way,
    friends: bool,
    activity: Activity,
    in_uid: bool,
    in_name: bool,
    roles: Choice,
    tags: Choice,
}

static STATEMENTS: LazyLock<HashMap<Shape, Sql>> = LazyLock::new(|| shapes().map(|s| (s, s.sql())).collect());

/// Every statement that a list can need.
pub(crate) fn statements() -> impl Iterator<Item = &'static Sql> {
    STATEMENTS.values().chain(totals::statements())
}

/// The statement of this shape.
pub(super) fn statement(shape: Shape) -> Result<&'static Sql> {
    STATEMENTS
        .get(&shape)
        .ok_or_else(|| Error::Broken(format!("no statement for {shape:?}")))
}

fn shapes() -> impl Iterator<Item = Shape> {
    const FIELDS: [(bool, bool); 4] = [(false, false), (true, false), (false, true), (true, true)];
    const AMONG: [(bool, Activity); 4] = [
        (false, Activity::Active),
        (false, Activity::Deactivated),
        (false, Activity::Any),
        (true, Activity::Active),
    ];
    let mut shapes = Vec::new();
    for way in [Way::Count, Way::Walk, Way::Gather] {
        for (friends, activity) in AMONG {
            for (in_uid, in_name) in FIELDS {
                for roles in CHOICES {
                    let shape = |tags| Shape { way, friends, activity, in_uid, in_name, roles, tags };
                    shapes.extend(CHOICES.map(shape));
                }
            }
        }
    }
    shapes.into_iter().filter(|shape| match shape.way {
        Way::Count => !shape.is_counted(),
        Way::Walk => true,
        Way::Gather => shape.narrows() && !shape.friends,
    })
}

/// Parameters and their numbers, in the order in which the statements and [`super::params`] both go.
pub(super) struct Numbers(pub(super) usize);

impl Numbers {
    pub(super) fn next(&mut self) -> String {
        self.0 += 1;
        format!("${}", self.0)
    }

    pub(super) fn condition(&mut self, column: &str, choice: Choice) -> String {
        match choice {
            Choice::Any => String::new(),
            Choice::One => format!("{column} = {}", self.next()),
            Choice::Several => {
                let list: Vec<_> = (0..MAX_CHOICES).map(|_| self.next()).collect();
                format!("{column} in ({})", list.join(", "))
            }
        }
    }
}

impl Shape {
    pub(super) fn of(query: &UserQuery, way: Way) -> Self {
        let friends = query.friends_of.is_some();
        Self {
            way,
            friends,
            activity: if friends { Activity::Active } else { query.activity },
            in_uid: query.search.as_ref().is_some_and(|search| search.in_uid),
            in_name: query.search.as_ref().is_some_and(|search| search.in_name),
            roles: Choice::of(query.roles.len()),
            tags: Choice::of(query.tags.len()),
        }
    }

    /// Whether there is something to gather: a search or tags.
    pub(super) fn narrows(self) -> bool {
        self.in_uid || self.in_name || self.tags != Choice::Any
    }

    /// Whether `user_counts` says how many there are.
    pub(super) fn is_counted(self) -> bool {
        !(self.narrows() || self.friends)
    }

    fn sql(self) -> Sql {
        let text = if self.friends {
            self.among_friends()
        } else {
            self.among_all()
        };
        Sql::built("user_list", text)
    }

    /// The ranges that a search finds, one for each field.
    fn search(self, numbers: &mut Numbers) -> Vec<String> {
        if !(self.in_uid || self.in_name) {
            return Vec::new();
        }
        let (from, to) = (numbers.next(), numbers.next());
        let fields = [(self.in_uid, "uid"), (self.in_name, "name_key")];
        let wanted = fields.into_iter().filter(|(wanted, _)| *wanted);
        wanted
            .map(|(_, column)| format!("{column} >= {from} and {column} < {to}"))
            .collect()
    }

    fn columns(self) -> &'static str {
        if self.way == Way::Count { "count(*)" } else { columns!() }
    }

    fn among_all(self) -> String {
        let (way, activity, roles, tags) = (self.way, self.activity, self.roles, self.tags);
        let mut numbers = Numbers(1);
        let mut conditions = vec!["app = $1".to_owned()];
        match activity {
            Activity::Active => conditions.push("deactivated_at is null".to_owned()),
            Activity::Deactivated => conditions.push("deactivated_at is not null".to_owned()),
            Activity::Any => {}
        }
        let ranges = self.search(&mut numbers);
        if roles != Choice::Any {
            conditions.push(numbers.condition("role", roles));
        }
        let tagged = (tags != Choice::Any).then(|| {
            format!("select user_key from user_tags where app = $1 and {}", numbers.condition("tag", tags))
        });
        let found = ranges
            .iter()
            .map(|range| format!("select id from users where app = $1 and {range}"));
        let found: Vec<_> = found.collect();
        let gathers = way == Way::Gather || way == Way::Count && tagged.is_some();
        // Tags are what few users have in common; a search beside them is then asked of each.
        let source = match &tagged {
            Some(tagged) if gathers => format!("select distinct user_key from ({tagged}) tagged"),
            _ => found.join(" union "),
        };
        if !ranges.is_empty() && (!gathers || tagged.is_some()) {
            conditions.push(format!("({})", ranges.join(" or ")));
        }
        if let (Some(tagged), false) = (&tagged, gathers) {
            conditions.push(format!("id in ({tagged})"));
        }
        if self.is_counted() {
            return self.along_the_index(&conditions, &mut numbers);
        }
        if way != Way::Count {
            conditions.push(format!("id < {}", numbers.next()));
        }
        let (columns, conditions) = (self.columns(), conditions.join(" and "));
        // The cross join keeps SQLite from turning it round and walking through all users.
        let text = if gathers {
            format!(
                "with hits (hit) as materialized ({source}) select {columns} from hits cross join users \
                 where id = hit and {conditions}"
            )
        } else {
            format!("select {columns} from users where {conditions}")
        };
        self.sliced(text, "id desc", &mut numbers)
    }

    /// What an index in the order of the list answers by itself: it is also what is skipped along, and only then are rows
    /// read.
    fn along_the_index(self, conditions: &[String], numbers: &mut Numbers) -> String {
        let (columns, conditions) = (self.columns(), conditions.join(" and "));
        let (below, limit, offset) = (numbers.next(), numbers.next(), numbers.next());
        format!(
            "select {columns} from users where {conditions} and id <= (
                 select id from users where {conditions} and id < {below}
                 order by id desc limit 1 offset cast({offset} as bigint)
             ) order by id desc limit cast({limit} as bigint)"
        )
    }

    /// Goes through the friends in the order of the list and asks each for the rest.
    fn among_friends(self) -> String {
        let mut numbers = Numbers(2);
        let mut conditions =
            vec!["app = $1".to_owned(), "id = friend_key".to_owned(), "deactivated_at is null".to_owned()];
        let ranges = self.search(&mut numbers);
        if !ranges.is_empty() {
            conditions.push(format!("({})", ranges.join(" or ")));
        }
        if self.roles != Choice::Any {
            conditions.push(numbers.condition("role", self.roles));
        }
        if self.tags != Choice::Any {
            let tag = numbers.condition("tag", self.tags);
            conditions
                .push(format!("exists (select 1 from user_tags where app = $1 and {tag} and user_key = id)"));
        }
        if self.way != Way::Count {
            conditions.push(format!("friend_key < {}", numbers.next()));
        }
        let (columns, conditions) = (self.columns(), conditions.join(" and "));
        let text = format!("select {columns} from {FRIENDS} cross join users where {conditions}");
        self.sliced(text, "friend_key desc", &mut numbers)
    }

    fn sliced(self, mut text: String, order: &str, numbers: &mut Numbers) -> String {
        if self.way != Way::Count {
            let (limit, offset) = (numbers.next(), numbers.next());
            text.push_str(&format!(
                " order by {order} limit cast({limit} as bigint) offset cast({offset} as bigint)"
            ));
        }
        text
    }
}
