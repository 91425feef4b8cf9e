//! A blocking HTTP/1.1 client that shows its bytes, so that tests can also send them wrongly.

use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Result, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::Value;

use super::PATIENCE;

/// One connection, with the API key that its requests carry.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    key: String,
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e} in {:?}", self.text))
    }

    /// What lies at a JSON pointer, null when nothing does.
    pub(crate) fn at(&self, pointer: &str) -> Value {
        self.json().pointer(pointer).cloned().unwrap_or_default()
    }

    /// The vendor's error code.
    pub(crate) fn code(&self) -> String {
        self.at("/error/code").as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut named = self.headers.iter().filter(|(known, _)| known == name);
        let value = named.next().map(|(_, value)| value.as_str());
        assert!(named.next().is_none(), "{name} came twice");
        value
    }
}

/// The lines of a request's head that carry a key and a body.
pub(crate) fn header_lines(key: &str, length: usize) -> String {
    format!(
        "host: 127.0.0.1\r\napikey: {key}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n"
    )
}

impl Client {
    pub(crate) fn open(address: SocketAddr, key: &str) -> Result<Self> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream: BufReader::new(stream), key: key.to_owned() })
    }

    /// Another handle on the connection, to write while this one reads.
    pub(crate) fn writer(&self) -> TcpStream {
        self.stream.get_ref().try_clone().unwrap()
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream.get_mut().write_all(bytes)
    }

    pub(crate) fn get(&mut self, path: &str) -> Result<Answer> {
        self.request("GET", path, &[], "")
    }

    pub(crate) fn post(&mut self, path: &str, body: &Value) -> Result<Answer> {
        self.request("POST", path, &[], &body.to_string())
    }

    pub(crate) fn put(&mut self, path: &str, body: &Value) -> Result<Answer> {
        self.request("PUT", path, &[], &body.to_string())
    }

    pub(crate) fn request(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Answer> {
        let mut text = format!("{method} {path} HTTP/1.1\r\n{}", header_lines(&self.key, body.len()));
        for (name, value) in headers {
            text += &format!("{name}: {value}\r\n");
        }
        self.send(format!("{text}\r\n{body}").as_bytes())?;
        self.answer()
    }

    /// Reads one answer. An end of the connection before its end is an error.
    pub(crate) fn answer(&mut self) -> Result<Answer> {
        let status = self.line()?;
        let status = status
            .strip_prefix("HTTP/1.1 ")
            .and_then(|rest| rest.get(..3)?.parse().ok())
            .ok_or_else(|| Error::new(ErrorKind::InvalidData, format!("no status line: {status:?}")))?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(": ").expect("a header line");
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        let answer = Answer { status, headers, text: String::new() };
        assert_eq!(answer.header("transfer-encoding"), None, "every answer has its length");
        let length = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok(Answer {
            text: String::from_utf8(body).expect("a body in UTF-8"),
            ..answer
        })
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        line.strip_suffix("\r\n")
            .map(str::to_owned)
            .ok_or_else(|| Error::new(ErrorKind::UnexpectedEof, "the connection ended"))
    }

    /// Everything until the server closes the connection.
    pub(crate) fn rest(&mut self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match self.stream.read_to_end(&mut bytes) {
            // What was not read yet makes the kernel close with a reset.
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(bytes),
            outcome => outcome.map(|_| bytes),
        }
    }
}
