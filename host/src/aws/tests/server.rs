//! An HTTP server on loopback that gives one answer after the other and keeps the requests.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What to answer.
#[derive(Debug, Clone)]
pub enum Answer {
    Json(u16, &'static str),
    Html(u16, &'static str),
    Xml(u16, &'static str),
    /// S3's way to say that a bucket is in another region.
    Elsewhere(&'static str),
    /// The request is read and the connection closed.
    Nothing,
    /// The request is read, and the connection stays open without an answer.
    Never,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    pub head: String,
    pub body: Vec<u8>,
}

pub struct Server {
    pub url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Answers one request a connection; after the last answer nobody listens.
    pub fn start(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&requests);
        std::thread::spawn(move || {
            let mut open = Vec::new();
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let request = read(&stream);
                kept.lock().unwrap().push(request);
                match answer {
                    Answer::Never => open.push(stream),
                    answer => give(&mut stream, &answer),
                }
            }
            if !open.is_empty() {
                std::thread::park();
            }
        });
        Self { url, requests }
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

fn read(stream: &TcpStream) -> Request {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(
            reader.read_line(&mut head).unwrap() > 0,
            "a request ends with an empty line"
        );
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse().unwrap())
    });
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).unwrap();
    Request { head, body }
}

fn give(stream: &mut TcpStream, answer: &Answer) {
    let more = match answer {
        Answer::Elsewhere(region) => format!("x-amz-bucket-region: {region}\r\n"),
        _ => String::new(),
    };
    let (status, kind, body) = match answer {
        Answer::Json(status, body) => (status, "application/x-amz-json-1.1", body),
        Answer::Html(status, body) => (status, "text/html", body),
        Answer::Xml(status, body) => (status, "text/xml", body),
        Answer::Elsewhere(_) => (&301, "text/xml", &""),
        Answer::Nothing | Answer::Never => return,
    };
    let head = format!(
        "HTTP/1.1 {status} x\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n{more}connection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
}
