//! The query of metrics, checked (reference §5.8).

use rollcall_http::query::Query;
use rollcall_model::Millis;

use crate::fault::{Details, Fault};
use crate::form::says;

/// The vendor says "unix timestamps" and shows milliseconds. Below this number, the year 5138 in seconds and March of
/// 1973 in milliseconds, it must be seconds.
const SECONDS_END: i64 = 100_000_000_000;
/// The last moment that a date of four digits has, in milliseconds.
const LATEST: i64 = 253_402_300_799_999;

/// Two moments, the first not after the second.
pub(super) fn range(query: &Query) -> Result<(Millis, Millis), Fault> {
    let mut details = Details::default();
    let from = moment(query, "fromDate", &mut details);
    let to = moment(query, "toDate", &mut details);
    match (from, to) {
        (Some(from), Some(to)) if from <= to => return Ok((from, to)),
        (Some(_), Some(_)) => details.add("toDate", says::not_before("toDate", "fromDate")),
        _ => {}
    }
    Err(Fault::invalid(details))
}

fn moment(query: &Query, name: &str, details: &mut Details) -> Option<Millis> {
    let fault = match query.one(name).map(str::parse::<i64>) {
        None => says::required(name),
        Some(Ok(number @ 0..SECONDS_END)) => return Some(Millis(number * 1000)),
        Some(Ok(number @ SECONDS_END..=LATEST)) => return Some(Millis(number)),
        Some(Ok(_)) => says::between(name, 0, LATEST),
        Some(Err(_)) => says::integer(name),
    };
    details.add(name, fault);
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(i64, i64)> {
        let (from, to) = range(&Query::parse(Some(text)).unwrap()).ok()?;
        Some((from.0, to.0))
    }

    #[test]
    fn seconds_and_milliseconds_are_told_apart() {
        let both = Some((1_753_000_000_000, 1_755_600_000_000));
        assert_eq!(read("fromDate=1753000000&toDate=1755600000"), both);
        assert_eq!(read("fromDate=1753000000000&toDate=1755600000000"), both);
        assert_eq!(read("fromDate=1753000000&toDate=1755600000000"), both);
        assert_eq!(read("fromDate=0&toDate=0"), Some((0, 0)));
        assert_eq!(read("fromDate=0&toDate=99999999999"), Some((0, 99_999_999_999_000)));
        assert_eq!(read("fromDate=0&toDate=253402300799999"), Some((0, 253_402_300_799_999)));
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in [
            "",
            "fromDate=1753000000",
            "toDate=1753000000",
            "fromDate=&toDate=1753000000",
            "fromDate=x&toDate=1753000000",
            "fromDate=1.5&toDate=1753000000",
            "fromDate=-1&toDate=1753000000",
            "fromDate=1753000001&toDate=1753000000",
            "fromDate=0&toDate=253402300800000",
            "fromDate=0&toDate=9223372036854775808",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
