//! A registry on loopback that keeps what it is sent, and can be made to lie.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What a registry keeps.
#[derive(Default)]
pub struct State {
    /// By `REPOSITORY TAG` and `REPOSITORY DIGEST`: media type and bytes.
    pub manifests: BTreeMap<String, (String, Vec<u8>)>,
    /// By digest.
    pub blobs: BTreeMap<String, Vec<u8>>,
    /// What was asked for, as `METHOD PATH`.
    pub asked: Vec<String>,
    /// Whether it lists what refers to a manifest.
    pub lists_referrers: bool,
    /// The authorization that it wants to be asked with.
    pub wanted: Option<String>,
}

/// The registry.
#[derive(Clone)]
pub struct Registry {
    pub port: u16,
    pub state: Arc<Mutex<State>>,
}

impl Registry {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let state = Arc::new(Mutex::new(State::default()));
        let kept = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                std::thread::spawn(move || {
                    let _gone = serve(stream, &kept);
                });
            }
        });
        Self { port, state }
    }

    pub fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().expect("no panic"));
    }

    pub fn asked(&self) -> Vec<String> {
        self.state.lock().expect("no panic").asked.clone()
    }
}

fn serve(stream: TcpStream, kept: &Mutex<State>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (method, path, headers, body) = message(&mut reader)?;
    let mut words = (method, path);
    let mut kept = kept.lock().expect("no panic");
    kept.asked.push(format!("{} {}", words.0, words.1));
    let kind = headers.get("content-type").cloned().unwrap_or_default();
    let authorization = headers.get("authorization").cloned();
    let (status, answer, more) = match kept.wanted.is_some() && kept.wanted != authorization {
        true => (
            401,
            Vec::new(),
            "www-authenticate: Basic realm=\"x\"\r\n".to_owned(),
        ),
        false => answer(&mut kept, &mut words, &kind, body),
    };
    drop(kept);
    let mut stream = stream;
    let length = answer.len();
    write!(
        stream,
        "HTTP/1.1 {status} x\r\nconnection: close\r\n{more}content-length: {length}\r\n\r\n"
    )?;
    if words.0 != "HEAD" {
        stream.write_all(&answer)?;
    }
    stream.flush()
}

fn answer(
    kept: &mut State,
    (method, path): &mut (String, String),
    kind: &str,
    body: Vec<u8>,
) -> (u16, Vec<u8>, String) {
    let nothing = |status| (status, Vec::new(), String::new());
    let Some(rest) = path.strip_prefix("/v2/") else {
        return nothing(404);
    };
    if let Some((repository, name)) = rest.split_once("/manifests/") {
        let key = format!("{repository} {name}");
        if method == "PUT" {
            let digest = super::digest(&body);
            let manifest = (kind.to_owned(), body);
            kept.manifests
                .insert(format!("{repository} {digest}"), manifest.clone());
            kept.manifests.insert(key, manifest);
            return nothing(201);
        }
        return match kept.manifests.get(&key) {
            Some((kind, bytes)) => (200, bytes.clone(), format!("content-type: {kind}\r\n")),
            None => nothing(404),
        };
    }
    if rest.ends_with("/blobs/uploads/") {
        return (202, Vec::new(), format!("location: {path}here\r\n"));
    }
    if let Some((_, digest)) = rest.split_once("?digest=") {
        kept.blobs.insert(digest.to_owned(), body);
        return nothing(201);
    }
    if let Some((_, digest)) = rest.split_once("/blobs/") {
        let blob = kept.blobs.get(digest);
        return blob.map_or_else(|| nothing(404), |bytes| (200, bytes.clone(), String::new()));
    }
    match rest.split_once("/referrers/") {
        Some((repository, digest)) if kept.lists_referrers => {
            let tag = format!("{repository} {}", digest.replace(':', "-"));
            let index = kept.manifests.get(&tag).map(|(_, bytes)| bytes.clone());
            let empty = || b"{\"schemaVersion\":2,\"manifests\":[]}".to_vec();
            (200, index.unwrap_or_else(empty), String::new())
        }
        _ => nothing(404),
    }
}

type Message = (String, String, BTreeMap<String, String>, Vec<u8>);

fn message(reader: &mut impl BufRead) -> std::io::Result<Message> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split(' ').map(str::to_owned);
    let (method, path) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers
        .get("content-length")
        .and_then(|text| text.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    Ok((method, path.trim_end().to_owned(), headers, body))
}

/// One request to a registry on this machine; status, headers, body.
pub fn ask(port: u16, method: &str, path: &str, kind: &str, body: &[u8]) -> Message {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("it can be sent");
    stream.write_all(body).expect("it can be sent");
    message(&mut BufReader::new(stream)).expect("it answers")
}
