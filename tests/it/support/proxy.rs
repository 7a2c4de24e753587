//! A server before moto that answers some calls itself and hands on all others.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use serde_json::Value;

use super::World;
use super::boto::{Moto, REGION};

/// What becomes of a call.
pub enum Instead {
    /// moto answers it.
    HandOn,
    /// moto answers it, and this changes what it said.
    Changed(fn(&mut Value)),
    /// This answer, and moto does not hear of it.
    Json(String),
    /// 503 and a page, and moto does not hear of it.
    Page,
}

type Decide = dyn Fn(&str, &str) -> Instead + Send + Sync;

/// The server; it goes on until the process ends.
pub struct Proxy {
    url: String,
}

impl Proxy {
    /// Begins to listen. What becomes of a call is decided by its operation (`RunTask`; empty for
    /// protocols that name none in a header) and its body.
    pub fn before(
        moto: &Moto,
        decide: impl Fn(&str, &str) -> Instead + Send + Sync + 'static,
    ) -> Self {
        let to = moto.url().trim_start_matches("http://");
        let to = to.trim_end_matches('/').to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let decide: Arc<Decide> = Arc::new(decide);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (to, decide) = (to.clone(), Arc::clone(&decide));
                std::thread::spawn(move || serve(stream, &to, &*decide));
            }
        });
        Self { url }
    }

    /// A folder in which acetate talks to it.
    pub fn world(&self) -> World {
        World::new()
            .variable("AWS_ENDPOINT_URL", &self.url)
            .variable("AWS_REGION", REGION)
    }
}

/// One request a connection: the answer says that it is over.
fn serve(mut stream: TcpStream, to: &str, decide: &Decide) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let (mut head, mut length, mut operation) = (String::new(), 0, String::new());
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 || line == "\r\n" {
            break;
        }
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "x-amz-target" => operation = value.trim().rsplit('.').next()?.to_owned(),
            "connection" => continue,
            _ => {}
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let hand_on = || {
        let mut moto = TcpStream::connect(to).ok()?;
        let head = format!("{head}connection: close\r\n\r\n");
        moto.write_all(head.as_bytes()).ok()?;
        moto.write_all(&body).ok()?;
        let mut answer = Vec::new();
        moto.read_to_end(&mut answer).ok()?;
        Some(answer)
    };
    let answer = match decide(&operation, &String::from_utf8_lossy(&body)) {
        Instead::HandOn => hand_on()?,
        Instead::Changed(change) => {
            let answer = String::from_utf8(hand_on()?).ok()?;
            let (_, said) = answer.split_once("\r\n\r\n")?;
            let mut said: Value = serde_json::from_str(said).ok()?;
            change(&mut said);
            http("200 OK", "application/x-amz-json-1.1", &said.to_string())
        }
        Instead::Json(said) => http("200 OK", "application/x-amz-json-1.1", &said),
        Instead::Page => {
            let page = "<html><body><h1>503 Service Unavailable</h1></body></html>";
            http("503 Service Unavailable", "text/html", page)
        }
    };
    stream.write_all(&answer).ok()
}

fn http(status: &str, kind: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}
