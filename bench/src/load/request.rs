//! Requests rendered once; user and revision are written into the bytes in place.

use super::{Op, Target};
use crate::records;

/// One request of a connection.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    bytes: Vec<u8>,
    users: Vec<usize>,
    revisions: Vec<usize>,
}

impl Request {
    /// The request for an operation, aimed at the first user.
    pub(crate) fn new(op: Op, target: &Target) -> Self {
        let (method, path, body) = match op {
            Op::Get => ("GET", format!("/v3/users/{}", records::FIRST_UID), None),
            Op::Put => ("PUT", format!("/v3/users/{}", records::FIRST_UID), Some(records::put_body())),
            Op::PutName => {
                ("PUT", format!("/v3/users/{}", records::FIRST_UID), Some(records::put_name_body()))
            }
            Op::Create => ("POST", "/v3/users".to_owned(), Some(records::create_body())),
        };
        let mut text = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nappid: {}\r\napikey: {}\r\naccept: application/json\r\n",
            target.address, target.app_id, target.api_key
        );
        if let Some(body) = body {
            text.push_str(&format!(
                "content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            ));
        } else {
            text.push_str("\r\n");
        }
        Self::of(text.into_bytes())
    }

    /// A request to any server, rendered for the first user and revision zero.
    pub(crate) fn of(bytes: Vec<u8>) -> Self {
        let places = |text: &str| -> Vec<usize> {
            let windows = bytes.windows(text.len()).enumerate();
            windows
                .filter(|(_, window)| *window == text.as_bytes())
                .map(|(at, _)| at)
                .collect()
        };
        let users = places(records::FIRST_UID);
        Self {
            users: users.into_iter().map(|at| at + records::UID_PREFIX.len()).collect(),
            revisions: places(records::REVISION),
            bytes,
        }
    }

    /// Aims the request at a user (counted from zero) with a revision, and gives its bytes.
    pub(crate) fn aim(&mut self, user: u32, revision: u64) -> &[u8] {
        for at in &self.users {
            write_digits(&mut self.bytes[*at..*at + 7], u64::from(records::FIRST_USER + user));
        }
        for at in &self.revisions {
            write_digits(&mut self.bytes[*at..*at + records::REVISION.len()], revision);
        }
        &self.bytes
    }
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

    #[test]
    fn a_get_names_its_user_in_the_path() {
        let mut request = Request::new(Op::Get, &target());
        let text = String::from_utf8_lossy(request.aim(42, 7)).into_owned();
        assert!(text.starts_with("GET /v3/users/bench-1000042 HTTP/1.1\r\n"), "{text}");
        assert!(text.ends_with("\r\n\r\n"));
    }

    #[test]
    fn a_put_is_valid_json_of_the_announced_length() {
        for op in [Op::Put, Op::PutName, Op::Create] {
            let mut request = Request::new(op, &target());
            let text = String::from_utf8_lossy(request.aim(9, 1234)).into_owned();
            let (head, body) = text.split_once("\r\n\r\n").unwrap();
            assert!(head.contains(&format!("content-length: {}", body.len())), "{head}");
            let body: serde_json::Value = serde_json::from_str(body).unwrap();
            assert_eq!(body["metadata"]["revision"], "0000001234");
            assert_eq!(body["metadata"]["@private"]["email"], "bench-1000009@example.com");
        }
    }
}
