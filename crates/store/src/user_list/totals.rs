//! The statements that say how many users a list without search and tags finds, and where a page of it begins.

use std::collections::HashMap;
use std::sync::LazyLock;

use rollcall_model::{Activity, UserQuery};

use super::sql::{ACTIVITIES, CHOICES, Choice, Numbers};
use crate::{Error, Result, Sql};

/// What is asked of the counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Ask {
    /// How many users there are.
    Total,
    /// In which stretch of numbers the user with so many users before it is, and how many are before that stretch.
    Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Shape {
    ask: Ask,
    activity: Activity,
    roles: Choice,
}

static STATEMENTS: LazyLock<HashMap<Shape, Sql>> = LazyLock::new(|| shapes().map(|s| (s, s.sql())).collect());

/// Every statement that counts can need.
pub(super) fn statements() -> impl Iterator<Item = &'static Sql> {
    STATEMENTS.values()
}

/// The statement for a query without search and tags.
pub(super) fn statement(ask: Ask, query: &UserQuery) -> Result<&'static Sql> {
    let shape = Shape {
        ask,
        activity: query.activity,
        roles: Choice::of(query.roles.len()),
    };
    STATEMENTS
        .get(&shape)
        .ok_or_else(|| Error::Broken(format!("no statement for {shape:?}")))
}

fn shapes() -> impl Iterator<Item = Shape> {
    let asks = [Ask::Total, Ask::Place].into_iter();
    let pairs = asks.flat_map(|ask| ACTIVITIES.map(|activity| (ask, activity)));
    pairs.flat_map(|(ask, activity)| CHOICES.map(|roles| Shape { ask, activity, roles }))
}

impl Shape {
    fn sql(self) -> Sql {
        let mut numbers = Numbers(1);
        let counted = match self.activity {
            Activity::Active => "active",
            Activity::Deactivated => "deactivated",
            Activity::Any => "active + deactivated",
        };
        let mut source = "from user_counts where app = $1".to_owned();
        if self.roles != Choice::Any {
            source.push_str(&format!(" and {}", numbers.condition("role", self.roles)));
        }
        let text = match self.ask {
            Ask::Total => format!("select cast(coalesce(sum({counted}), 0) as bigint) as total {source}"),
            Ask::Place => {
                let offset = numbers.next();
                format!(
                    "select stretch, before from (
                         select stretch, own, cast(sum(own) over (order by stretch desc) as bigint) - own as before
                         from (
                             select stretch, cast(sum({counted}) as bigint) as own {source} group by stretch
                         ) stretches
                     ) places
                     where before <= {offset} and before + own > {offset}"
                )
            }
        };
        Sql::built("user_list", text)
    }
}
