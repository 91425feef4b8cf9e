//! A wire to the database that can lose an answer.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Hands everything on in both directions, until it is told to lose an answer.
pub(crate) struct Proxy {
    /// The address of the database through it.
    pub(crate) address: String,
    loses: Arc<AtomicBool>,
}

impl Proxy {
    pub(crate) fn start(address: &str) -> Self {
        let (before, rest) = address.split_once('@').unwrap();
        let (server, database) = rest.split_once('/').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let through = format!("{before}@{}/{database}", listener.local_addr().unwrap());
        let loses = Arc::<AtomicBool>::default();
        let (server, switch) = (server.to_owned(), Arc::clone(&loses));
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (client, server) = (client.unwrap(), TcpStream::connect(&server).unwrap());
                let back = (server.try_clone().unwrap(), client.try_clone().unwrap());
                let switch = Arc::clone(&switch);
                std::thread::spawn(move || hand_on(client, server, || false));
                std::thread::spawn(move || hand_on(back.0, back.1, || switch.swap(false, Ordering::SeqCst)));
            }
        });
        Self { address: through, loses }
    }

    /// The next thing that the server says is lost, and the connection with it.
    pub(crate) fn lose_an_answer(&self) {
        self.loses.store(true, Ordering::SeqCst);
    }
}

fn hand_on(mut from: TcpStream, mut to: TcpStream, loses: impl Fn() -> bool) {
    let mut buffer = [0; 8192];
    loop {
        let length = from.read(&mut buffer).unwrap_or(0);
        if length == 0 || loses() || to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    for stream in [from, to] {
        drop(stream.shutdown(Shutdown::Both));
    }
}
