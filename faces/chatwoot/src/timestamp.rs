//! Moments in answers: `2026-05-04T09:30:00.000Z` (reference §2).

use std::time::{Duration, SystemTime};

use humantime::format_rfc3339_millis;
use rollcall_model::Millis;
use serde::Serializer;
use serde::ser::Error as _;

/// Writes a moment. One before 1970, which no clock of ours tells, is written as the first of 1970.
pub(crate) fn iso8601<S: Serializer>(at: &Millis, serializer: S) -> Result<S::Ok, S::Error> {
    let since = Duration::from_millis(u64::try_from(at.0).unwrap_or(0));
    let moment = SystemTime::UNIX_EPOCH
        .checked_add(since)
        .ok_or_else(|| S::Error::custom("a moment beyond all time"))?;
    serializer.collect_str(&format_rfc3339_millis(moment))
}

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::*;

    #[derive(Serialize)]
    struct Moment(#[serde(serialize_with = "iso8601")] Millis);

    #[test]
    fn a_moment_has_milliseconds_and_is_utc() {
        for (at, text) in [
            (1_753_000_000_000, "2025-07-20T08:26:40.000Z"),
            (1_753_000_000_007, "2025-07-20T08:26:40.007Z"),
            (951_782_400_999, "2000-02-29T00:00:00.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (1_798_761_599_999, "2026-12-31T23:59:59.999Z"),
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1970-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(serde_json::to_string(&Moment(Millis(at))).unwrap(), format!("\"{text}\""));
        }
    }

    #[test]
    fn a_moment_beyond_the_calendar_is_an_error_and_no_panic() {
        assert!(serde_json::to_string(&Moment(Millis(i64::MAX))).is_err());
    }
}
