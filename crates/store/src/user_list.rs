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

/// What a statement looks like; everything else is a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Shape {
    count: bool,
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
    let flags = (0..8_u8).map(|bits| (bits & 1 != 0, bits & 2 != 0, bits & 4 != 0));
    flags.flat_map(|(count, in_uid, in_name)| {
        [Activity::Active, Activity::Deactivated, Activity::Any]
            .into_iter()
            .flat_map(move |activity| {
                CHOICES.into_iter().flat_map(move |roles| {
                    CHOICES.into_iter().map(move |tags| Shape {
                        count,
                        activity,
                        in_uid,
                        in_name,
                        roles,
                        tags,
                    })
                })
            })
    })
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
    fn of(query: &UserQuery, count: bool) -> Self {
        let choice = |length| match length {
            0 => Choice::Any,
            1 => Choice::One,
            _ => Choice::Several,
        };
        Self {
            count,
            activity: query.activity,
            in_uid: query.search.as_ref().is_some_and(|search| search.in_uid),
            in_name: query.search.as_ref().is_some_and(|search| search.in_name),
            roles: choice(query.roles.len()),
            tags: choice(query.tags.len()),
        }
    }

    fn sql(self) -> Sql {
        let Self { count, activity, in_uid, in_name, roles, tags } = self;
        let mut numbers = Numbers(1);
        let mut text = if count {
            "select count(*) from users where app = $1".to_owned()
        } else {
            concat!("select ", columns!(), " from users where app = $1").to_owned()
        };
        match activity {
            Activity::Active => text.push_str(" and deactivated_at is null"),
            Activity::Deactivated => text.push_str(" and deactivated_at is not null"),
            Activity::Any => {}
        }
        if in_uid || in_name {
            let (from, to) = (numbers.next(), numbers.next());
            let range = |column: &str| format!("{column} >= {from} and {column} < {to}");
            let either = match (in_uid, in_name) {
                (true, true) => format!("({} or {})", range("uid"), range("name_key")),
                (true, false) => range("uid"),
                (false, _) => range("name_key"),
            };
            text.push_str(&format!(" and {either}"));
        }
        if roles != Choice::Any {
            text.push_str(&format!(" and {}", numbers.condition("role", roles)));
        }
        if tags != Choice::Any {
            let tagged = numbers.condition("tag", tags);
            text.push_str(&format!(
                " and id in (select user_key from user_tags where app = $1 and {tagged})"
            ));
        }
        if !count {
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
    tx.row(statement(Shape::of(query, true))?, &params(app, query, filter.as_ref()), |row| row.int(0))
}

/// The page that the query asks for, newest first and by uid within one second.
///
/// # Errors
/// What the engine says.
pub fn list(tx: &mut Tx<'_>, app: &AppId, query: &UserQuery) -> Result<Listing<User>> {
    let total = count(tx, app, query)?;
    if query.page.offset() >= total {
        return Ok(Listing { items: Vec::new(), total });
    }
    let filter = Filter::of(query.search.as_ref());
    let mut params = params(app, query, filter.as_ref());
    params.extend([Param::from(query.page.size), query.page.offset().into()]);
    let items = tx.query(statement(Shape::of(query, false))?, &params, from_row)?;
    Ok(Listing { items, total })
}

fn statement(shape: Shape) -> Result<&'static Sql> {
    STATEMENTS
        .get(&shape)
        .ok_or_else(|| Error::Broken(format!("no statement for {shape:?}")))
}
