//! Requests rendered once; what differs from one to the next is written into the bytes in place.

use super::Target;
use super::op::{Face, NUMBER, Op, Step};
use crate::records;

/// One request of a connection.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    bytes: Vec<u8>,
    slots: Vec<Slot>,
    app: Option<App>,
}

/// Digits in a request.
#[derive(Debug, Clone, Copy)]
struct Slot {
    at: usize,
    width: usize,
    value: Value,
}

/// What a slot's digits are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Value {
    /// The number of the user asked for, or of one that follows.
    User(u32),
    /// The first digits of that number: the rest is divided away.
    Prefix(u32),
    /// Users or pages, counted from one.
    Number,
    /// The revision written.
    Revision,
    /// The tag of that user, of so many.
    Tag(u32),
}

/// Where app and key stand.
#[derive(Debug, Clone)]
struct App {
    id: usize,
    key: usize,
}

impl Request {
    /// The requests of an operation, aimed at the first user. With `tags`, users are given one of so many.
    pub(crate) fn all(op: Op, target: &Target, tags: Option<u32>) -> Vec<Self> {
        let steps = op.steps(tags.is_some());
        steps.into_iter().map(|step| Self::new(op, step, target, tags)).collect()
    }

    fn new(op: Op, step: Step, target: &Target, tags: Option<u32>) -> Self {
        let Step { method, path, body } = step;
        let key = match op.face() {
            Face::Cometchat => format!("appid: {}\r\napikey: {}", target.app_id, target.api_key),
            Face::Chatwoot => format!("api_access_token: {}", target.api_key),
            Face::Klaim => format!("authorization: Bearer {}", target.api_key),
        };
        let mut text = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\n{key}\r\naccept: application/json\r\n",
            target.address
        );
        if let Some(body) = body {
            let length = body.len();
            text.push_str(&format!(
                "content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
            ));
        } else {
            text.push_str("\r\n");
        }
        let after = |mark: &str| text.find(mark).map(|at| at + mark.len());
        let app = after("\r\nappid: ").zip(after("\r\napikey: ")).map(|(id, key)| App { id, key });
        let bytes = text.into_bytes();
        let mut slots = users_and_revisions(&bytes, op == Op::Bulk);
        slots.extend(other_slots(op, &bytes, tags));
        Self { bytes, slots, app }
    }

    /// A request to any server, rendered for the first user and revision zero.
    pub(crate) fn of(bytes: Vec<u8>) -> Self {
        let slots = users_and_revisions(&bytes, false);
        Self { bytes, slots, app: None }
    }

    /// Has the request go to another app, whose id and key are as long as those of the first.
    pub(crate) fn enter(&mut self, app_id: &str, key: &str) {
        if let Some(app) = &self.app {
            self.bytes[app.id..app.id + app_id.len()].copy_from_slice(app_id.as_bytes());
            self.bytes[app.key..app.key + key.len()].copy_from_slice(key.as_bytes());
        }
    }

    /// Aims the request at a user or page (counted from zero) with a revision, and gives its bytes.
    pub(crate) fn aim(&mut self, thing: u32, revision: u64) -> &[u8] {
        for Slot { at, width, value } in &self.slots {
            let number = u64::from(records::FIRST_USER + thing);
            let digits = match value {
                Value::User(offset) => number + u64::from(*offset),
                Value::Prefix(divisor) => number / u64::from(*divisor),
                Value::Number => u64::from(thing) + 1,
                Value::Revision => revision,
                Value::Tag(tags) => u64::from(thing % tags),
            };
            write_digits(&mut self.bytes[*at..at + width], digits);
        }
        &self.bytes
    }
}

/// Where users and revisions stand; users named in a row are those that follow the one asked for.
fn users_and_revisions(bytes: &[u8], in_a_row: bool) -> Vec<Slot> {
    let following = |index| Value::User(if in_a_row { index } else { 0 });
    let mut slots = places(bytes, records::FIRST_UID, records::UID_PREFIX.len(), following);
    slots.extend(places(bytes, records::REVISION, 0, |_| Value::Revision));
    slots
}

fn other_slots(op: Op, bytes: &[u8], tags: Option<u32>) -> Vec<Slot> {
    let mut slots = places(bytes, NUMBER, 0, |_| Value::Number);
    if op.digits() > 0 {
        let mark = records::UID_PREFIX.to_owned() + &"K".repeat(op.digits());
        let divisor = 10_u32.pow((records::USER_DIGITS - op.digits()) as u32);
        slots.extend(places(bytes, &mark, records::UID_PREFIX.len(), |_| Value::Prefix(divisor)));
    }
    if let Some(tags) = tags {
        slots.extend(places(bytes, records::TAG, "t-".len(), |_| Value::Tag(tags)));
    }
    slots
}

/// Slots wherever `mark` stands, after its first bytes; `value` is told how many marks came before.
fn places(bytes: &[u8], mark: &str, skipped: usize, value: impl Fn(u32) -> Value) -> Vec<Slot> {
    let windows = bytes.windows(mark.len()).enumerate();
    let found = windows.filter(|(_, window)| *window == mark.as_bytes());
    let slot = |(index, (at, _))| Slot {
        at: at + skipped,
        width: mark.len() - skipped,
        value: value(index),
    };
    (0..).zip(found).map(slot).collect()
}

/// Writes a number with leading zeros into all of `place`.
pub(crate) fn write_digits(place: &mut [u8], mut value: u64) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target() -> Target {
        Target {
            address: ([127, 0, 0, 1], 8080).into(),
            app_id: "bench".into(),
            api_key: "k".into(),
        }
    }

    fn aimed(op: Op, step: usize, thing: u32, revision: u64) -> String {
        let mut requests = Request::all(op, &target(), Some(10));
        String::from_utf8_lossy(requests[step].aim(thing, revision)).into_owned()
    }

    fn body(text: &str) -> serde_json::Value {
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}", body.len())), "{head}");
        serde_json::from_str(body).unwrap()
    }

    #[test]
    fn a_get_names_its_user_in_the_path() {
        let text = aimed(Op::Get, 0, 42, 7);
        assert!(text.starts_with("GET /v3/users/bench-10000042 HTTP/1.1\r\n"), "{text}");
        assert!(text.contains("\r\nappid: bench\r\napikey: k\r\n") && text.ends_with("\r\n\r\n"));
    }

    #[test]
    fn a_put_is_valid_json_of_the_announced_length() {
        for op in [Op::Put, Op::PutName, Op::Create, Op::New] {
            let body = body(&aimed(op, 0, 9, 1234));
            assert_eq!(body["metadata"]["revision"], "0000001234");
            assert_eq!(body["metadata"]["@private"]["email"], "bench-10000009@example.com");
        }
        assert_eq!(body(&aimed(Op::Create, 0, 29, 1))["tags"], serde_json::json!(["t-000009"]));
    }

    #[test]
    fn lists_and_searches_say_which() {
        let path = |op, thing| aimed(op, 0, thing, 0).split(' ').nth(1).unwrap().to_owned();
        assert_eq!(path(Op::ListFirst, 7), "/v3/users?perPage=100");
        assert_eq!(path(Op::ListPage, 7), "/v3/users?perPage=100&page=00000008");
        assert_eq!(path(Op::ListTag, 17), "/v3/users?perPage=100&tags=t-000007");
        assert_eq!(path(Op::SearchAll, 123_456), "/v3/users?searchKey=bench-1");
        assert_eq!(path(Op::SearchSome, 123_456), "/v3/users?searchKey=bench-1012");
        assert_eq!(path(Op::SearchOne, 123_456), "/v3/users?searchKey=bench-10123456");
    }

    #[test]
    fn a_bulk_call_names_users_in_a_row() {
        for (step, field) in [(0, "uidsToDeactivate"), (1, "uidsToActivate")] {
            let body = body(&aimed(Op::Bulk, step, 50, 0));
            let uids = body[field].as_array().unwrap();
            assert_eq!(uids.len(), 25);
            assert_eq!((&uids[0], &uids[24]), (&"bench-10000050".into(), &"bench-10000074".into()));
        }
    }

    #[test]
    fn each_face_has_its_own_key() {
        let text = aimed(Op::Patch, 0, 41, 5);
        assert!(
            text.starts_with("PATCH /platform/api/v1/users/00000042 ")
                && text.contains("api_access_token: k\r\n")
        );
        assert_eq!(body(&text)["display_name"], "Ada 0000000005");
        let text = aimed(Op::Credits, 0, 41, 5);
        assert!(
            text.starts_with("PUT /klaim/users/bench-10000041/credits ")
                && text.contains("authorization: Bearer k")
        );
        assert_eq!(body(&text)["credit_delta"], 0.25);
    }

    #[test]
    fn a_request_can_go_to_another_app() {
        let mut request = Request::all(Op::Get, &target(), None).remove(0);
        request.enter("other", "q");
        let text = String::from_utf8_lossy(request.aim(0, 0)).into_owned();
        assert!(text.contains("\r\nappid: other\r\napikey: q\r\n"), "{text}");
    }

    #[test]
    fn any_bytes_can_be_aimed() {
        let mut bytes = vec![0xff, 0x0e];
        bytes.extend(b"bench-10000000\xff0000000000bench-10000000");
        let mut request = Request::of(bytes);
        assert_eq!(request.aim(42, 7), b"\xff\x0ebench-10000042\xff0000000007bench-10000042");
    }
}
