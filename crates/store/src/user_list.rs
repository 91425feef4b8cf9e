//! Lists of users: the one place where statements are put together from parts, because each filter that is not
//! asked for must cost nothing. Every possible statement is known and prepared by a test.

use std::collections::HashMap;
use std::sync::LazyLock;

use rollcall_model::{Activity, AppId, Listing, MAX_CHOICES, RoleId, User, UserQuery, UserSearch, fold};

use crate::users::{columns, from_row};
use crate::{Error, Param, Result, Sql, Tx};

/// How many values a filter offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Choice {
    Any,
    One,
    Several,
}

/// Up to so many users are gathered and sorted sooner than a walk through the newest meets a page of them.
const FEW: i64 = 2_000;

/// How a statement goes about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Way {
    /// Counts. Without an order to keep, engines find the cheapest way through a search by themselves; what has a tag is
    /// gathered.
    Count,
    /// Walks through the app's users in the order of the list until the page is full: right when many fit.
    Walk,
    /// Gathers what the search or the tags find, then sorts: right when few fit.
    Gather,
}

/// What a statement looks like; everything else is a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Shape {
    way: Way,
    activity: Activity,
    in_uid: bool,
    in_name: bool,
    roles: Choice,
    tags: Choice,
}

static STATEMENTS: LazyLock<HashMap<Shape, Sql>> = LazyLock::new(|| shapes().map(|s| (s, s.sql())).collect());

/// Every statement that a list can need.
pub(crate) fn statements() -> impl Iterator<Item = &'static Sql> {
    STATEMENTS.values()
}

fn shapes() -> impl Iterator<Item = Shape> {
    const CHOICES: [Choice; 3] = [Choice::Any, Choice::One, Choice::Several];
    const ACTIVITIES: [Activity; 3] = [Activity::Active, Activity::Deactivated, Activity::Any];
    const FIELDS: [(bool, bool); 4] = [(false, false), (true, false), (false, true), (true, true)];
    let mut shapes = Vec::new();
    for way in [Way::Count, Way::Walk, Way::Gather] {
        for activity in ACTIVITIES {
            for (in_uid, in_name) in FIELDS {
                for roles in CHOICES {
                    shapes.extend(CHOICES.map(|tags| Shape { way, activity, in_uid, in_name, roles, tags }));
                }
            }
        }
    }
    shapes.into_iter().filter(|shape| shape.way != Way::Gather || shape.narrows())
}

/// Parameters and their numbers, in the order in which [`Shape::sql`] and [`params`] both go.
struct Numbers(usize);

impl Numbers {
    fn next(&mut self) -> String {
        self.0 += 1;
        format!("${}", self.0)
    }

    fn condition(&mut self, column: &str, choice: Choice) -> String {
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
    fn of(query: &UserQuery, way: Way) -> Self {
        let choice = |length| match length {
            0 => Choice::Any,
            1 => Choice::One,
            _ => Choice::Several,
        };
        Self {
            way,
            activity: query.activity,
            in_uid: query.search.as_ref().is_some_and(|search| search.in_uid),
            in_name: query.search.as_ref().is_some_and(|search| search.in_name),
            roles: choice(query.roles.len()),
            tags: choice(query.tags.len()),
        }
    }

    /// Whether there is something to gather: a search or tags.
    fn narrows(self) -> bool {
        self.in_uid || self.in_name || self.tags != Choice::Any
    }

    fn sql(self) -> Sql {
        let Self { way, activity, in_uid, in_name, roles, tags } = self;
        let mut numbers = Numbers(1);
        let mut conditions = vec!["app = $1".to_owned()];
        match activity {
            Activity::Active => conditions.push("deactivated_at is null".to_owned()),
            Activity::Deactivated => conditions.push("deactivated_at is not null".to_owned()),
            Activity::Any => {}
        }
        let mut ranges = Vec::new();
        if in_uid || in_name {
            let (from, to) = (numbers.next(), numbers.next());
            let fields = [(in_uid, "uid"), (in_name, "name_key")];
            let wanted = fields.into_iter().filter(|(wanted, _)| *wanted);
            ranges.extend(wanted.map(|(_, column)| format!("{column} >= {from} and {column} < {to}")));
        }
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
        let columns = if way == Way::Count { "count(*)" } else { columns!() };
        let conditions = conditions.join(" and ");
        // The cross join keeps SQLite from turning it round and walking through all users.
        let mut text = if gathers {
            format!(
                "with hits (hit) as materialized ({source}) select {columns} from hits cross join users \
                 where id = hit and {conditions}"
            )
        } else {
            format!("select {columns} from users where {conditions}")
        };
        if way != Way::Count {
            let (limit, offset) = (numbers.next(), numbers.next());
            text.push_str(&format!(
                " order by created_at / 1000 desc, uid limit cast({limit} as bigint) offset cast({offset} as bigint)"
            ));
        }
        Sql::built("user_list", text)
    }
}

/// The first text after all that begin with `key`, in code-point order. U+10FFFF is no character, so nothing that
/// begins with `key` lies behind it.
fn end_of_prefix(key: &str) -> String {
    format!("{key}\u{10ffff}")
}

/// The values of a filter, repeated to the length that the statement has.
fn push_choices<'a>(params: &mut Vec<Param<'a>>, values: impl ExactSizeIterator<Item = &'a str>) {
    let several = values.len() > 1;
    let mut last = None;
    let mut pushed = 0;
    for value in values {
        params.push(value.into());
        last = Some(value);
        pushed += 1;
    }
    if let (true, Some(last)) = (several, last) {
        params.extend(std::iter::repeat_n(Param::from(last), MAX_CHOICES - pushed));
    }
}

struct Filter {
    from: String,
    to: String,
}

impl Filter {
    fn of(search: Option<&UserSearch>) -> Option<Self> {
        let search = search.filter(|search| search.in_uid || search.in_name)?;
        let from = fold(&search.key);
        Some(Self { to: end_of_prefix(&from), from })
    }
}

fn params<'a>(app: &'a AppId, query: &'a UserQuery, filter: Option<&'a Filter>) -> Vec<Param<'a>> {
    let mut params = vec![app.as_str().into()];
    if let Some(Filter { from, to }) = filter {
        params.extend([Param::from(from.as_str()), to.as_str().into()]);
    }
    push_choices(&mut params, query.roles.iter().map(RoleId::as_str));
    push_choices(&mut params, query.tags.iter().map(String::as_str));
    params
}

/// How many users the query finds on all its pages.
///
/// # Errors
/// What the engine says.
pub fn count(tx: &mut Tx<'_>, app: &AppId, query: &UserQuery) -> Result<i64> {
    let filter = Filter::of(query.search.as_ref());
    tx.row(statement(Shape::of(query, Way::Count))?, &params(app, query, filter.as_ref()), |row| {
        row.int(0)
    })
}

/// The page that the query asks for, newest first and by uid within one second.
///
/// # Errors
/// What the engine says.
pub fn list(tx: &mut Tx<'_>, app: &AppId, query: &UserQuery) -> Result<Listing<User>> {
    list_gathering(tx, app, query, FEW)
}

/// As [`list`], gathering what a search or tags find when they find at most `few` users, and walking otherwise. What
/// comes back is the same; tests hold one against the other.
///
/// # Errors
/// What the engine says.
pub fn list_gathering(tx: &mut Tx<'_>, app: &AppId, query: &UserQuery, few: i64) -> Result<Listing<User>> {
    let total = count(tx, app, query)?;
    if query.page.offset() >= total {
        return Ok(Listing { items: Vec::new(), total });
    }
    let filter = Filter::of(query.search.as_ref());
    let mut params = params(app, query, filter.as_ref());
    params.extend([Param::from(query.page.size), query.page.offset().into()]);
    let walk = Shape::of(query, Way::Walk);
    let way = if walk.narrows() && total <= few {
        Way::Gather
    } else {
        Way::Walk
    };
    let items = tx.query(statement(Shape { way, ..walk })?, &params, from_row)?;
    Ok(Listing { items, total })
}

fn statement(shape: Shape) -> Result<&'static Sql> {
    STATEMENTS
        .get(&shape)
        .ok_or_else(|| Error::Broken(format!("no statement for {shape:?}")))
}
