//! What metrics look like, to the byte (reference §5.8). What does not exist yet is counted truthfully: none.

use rollcall_model::{AppId, Millis};
use serde::{Serialize, Serializer};

/// Length of one part of the hour, in milliseconds.
const PART: i64 = 5 * 60_000;
/// Parts in the hour.
const PARTS: i64 = 12;

/// How much the app was used.
#[derive(Debug, Serialize)]
pub(super) struct Usage {
    metrics: Metrics,
    time_range: TimeRange,
}

#[derive(Debug, Serialize)]
struct Metrics {
    audio_minutes: i64,
    video_minutes: i64,
    recorded_minutes: i64,
    active_users: i64,
    concurrent_users: i64,
}

/// In milliseconds.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct TimeRange {
    from_date: i64,
    to_date: i64,
}

impl Usage {
    pub(super) fn new(active_users: i64, from: Millis, to: Millis) -> Self {
        Self {
            metrics: Metrics {
                audio_minutes: 0,
                video_minutes: 0,
                recorded_minutes: 0,
                active_users,
                concurrent_users: 0,
            },
            time_range: TimeRange { from_date: from.0, to_date: to.0 },
        }
    }
}

/// The messages of an hour.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Messages<'a> {
    start_time: Text,
    end_time: Text,
    app_id: &'a str,
    data_points: Vec<DataPoint>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DataPoint {
    messages_sent: i64,
    read_receipts: i64,
    delivery_receipts: i64,
    start_time: Text,
    end_time: Text,
}

/// Milliseconds, written as a text.
#[derive(Debug)]
struct Text(i64);

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'a> Messages<'a> {
    /// The last twelve whole parts that have ended.
    pub(super) fn until(now: Millis, app: &'a AppId) -> Self {
        let end = now.0.div_euclid(PART) * PART;
        let start = end - PARTS * PART;
        let data_points = (0..PARTS).map(|part| start + part * PART).map(|start| DataPoint {
            messages_sent: 0,
            read_receipts: 0,
            delivery_receipts: 0,
            start_time: Text(start),
            end_time: Text(start + PART),
        });
        Self {
            start_time: Text(start),
            end_time: Text(end),
            app_id: app.as_str(),
            data_points: data_points.collect(),
        }
    }
}
