//! HTTP/1.1 by hand over a `TcpStream`, and the answers taken apart.

use std::io::{Read, Write};
use std::net::TcpStream;

use acetate::local::Running;
use serde_json::Value;

/// What came back: status, head and body; none where the connection was cut.
#[derive(Debug)]
pub struct Told(pub Option<(u16, String, String)>);

impl Told {
    /// The document of a 200.
    pub fn ok(&self) -> Value {
        let (status, _, body) = self.0.as_ref().expect("an answer");
        assert_eq!(*status, 200, "{body}");
        serde_json::from_str(body).expect("JSON")
    }

    /// Code and message of a refusal.
    pub fn refusal(&self) -> (String, String) {
        let (status, _, body) = self.0.as_ref().expect("an answer");
        assert_ne!(*status, 200, "{body}");
        let body: Value = serde_json::from_str(body).expect("JSON");
        let text = |member: &str| body[member].as_str().unwrap_or_default().to_owned();
        (text("__type"), text("message"))
    }
}

/// An endpoint and the way to call it.
pub struct Client(pub Running);

impl Client {
    pub fn new(running: Running) -> Self {
        Self(running)
    }

    pub fn ecs(&self, operation: &str, request: &Value) -> Told {
        self.json("AmazonEC2ContainerServiceV20141113", operation, request)
    }

    pub fn json(&self, service: &str, operation: &str, request: &Value) -> Told {
        let head = format!("POST / HTTP/1.1\r\nx-amz-target: {service}.{operation}\r\n");
        self.send(&head, &request.to_string())
    }

    /// Sends one request on a connection of its own.
    pub fn send(&self, head: &str, body: &str) -> Told {
        let url = self.0.url();
        let address = url.strip_prefix("http://").expect("a plain URL");
        let mut stream = TcpStream::connect(address).expect("the endpoint listens");
        let length = body.len();
        let request = format!(
            "{head}host: {address}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        );
        stream
            .write_all(request.as_bytes())
            .expect("the request is sent");
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        let Some((head, body)) = answer.split_once("\r\n\r\n") else {
            return Told(None);
        };
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|s| s.parse().ok())
            .expect("a status line");
        Told(Some((status, head.to_owned(), body.to_owned())))
    }
}
