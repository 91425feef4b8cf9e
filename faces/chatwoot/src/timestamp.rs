//! Moments in answers: `2026-05-04T09:30:00.000Z` (reference §2).

use std::time::{Duration, SystemTime};

use humantime::format_rfc3339_millis;
use rollcall_model::Millis;
use serde::Serializer;

/// The last moment that is written with four digits for the year.
const LAST: i64 = 253_402_300_799_999;

/// Writes a moment. Those outside of the years 1970 to 9999, which no clock of ours tells, are written as the nearest within.
pub(crate) fn iso8601<S: Serializer>(at: &Millis, serializer: S) -> Result<S::Ok, S::Error> {
    let since = Duration::from_millis(at.0.clamp(0, LAST).unsigned_abs());
    serializer.collect_str(&format_rfc3339_millis(SystemTime::UNIX_EPOCH + since))
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
            (LAST, "9999-12-31T23:59:59.999Z"),
            (LAST + 1, "9999-12-31T23:59:59.999Z"),
            (i64::MAX, "9999-12-31T23:59:59.999Z"),
            (i64::MIN, "1970-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(serde_json::to_string(&Moment(Millis(at))).unwrap(), format!("\"{text}\""));
        }
    }
}
