//! A registry on loopback, with TLS: it answers as it is told, and keeps what it was asked.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use acetate::registry::{AddressRule, Credentials, Places, Reach, Registry};
use aws_smithy_runtime_api::client::dns::{
    DnsFuture, ResolveDns, ResolveDnsError, SharedDnsResolver,
};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Names that the stub has certificates for.
const NAMES: [&str; 3] = ["registry.test", "auth.test", "other.test"];

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    pub host: String,
    pub path: String,
    pub authorization: Option<String>,
}

/// What is answered.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    /// The connection stays open, and nothing comes.
    pub silent: bool,
}

impl Answer {
    pub fn status(status: u16) -> Self {
        Self {
            status,
            ..Self::default()
        }
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }
}

/// A resolver of the tests' own: each name has a list of answers, the last of which stays.
#[derive(Debug, Clone, Default)]
pub struct Names(Arc<Mutex<BTreeMap<String, Vec<Vec<IpAddr>>>>>);

impl Names {
    pub fn set(&self, name: &str, answers: &[&[&str]]) {
        let parse = |list: &&[&str]| {
            list.iter()
                .map(|a| a.parse().expect("an address"))
                .collect()
        };
        let answers = answers.iter().map(parse).collect();
        self.0
            .lock()
            .expect("no panic")
            .insert(name.to_owned(), answers);
    }
}

impl ResolveDns for Names {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        let mut names = self.0.lock().expect("no panic");
        let found = names.get_mut(name).map(|answers| match answers.len() {
            1 => answers[0].clone(),
            _ => answers.remove(0),
        });
        DnsFuture::ready(found.ok_or_else(|| ResolveDnsError::new("no such name")))
    }
}

/// The registry.
pub struct Stub {
    pub port: u16,
    pub names: Names,
    authority: Vec<u8>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Stub {
    pub fn start(answer: impl Fn(&Asked, u16) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let (config, authority) = tls();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (kept, answer) = (Arc::clone(&asked), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (config, kept, answer) =
                    (Arc::clone(&config), Arc::clone(&kept), Arc::clone(&answer));
                std::thread::spawn(move || {
                    let connection =
                        ServerConnection::new(config).expect("the configuration is good");
                    let _gone = serve(StreamOwned::new(connection, stream), port, &kept, &*answer);
                });
            }
        });
        let names = Names::default();
        for name in NAMES {
            names.set(name, &[&["127.0.0.1"]]);
        }
        Self {
            port,
            names,
            authority,
            asked,
        }
    }

    /// What was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("no panic").clone()
    }

    /// A client that may ask public addresses and this stub, and trusts it.
    pub fn reach(&self) -> Reach {
        Reach {
            addresses: AddressRule::with_own_port(self.port),
            resolver: Some(SharedDnsResolver::new(self.names.clone())),
            authorities: Some(self.authority.clone()),
            timeout: Duration::from_secs(10),
            places: Places::NONE,
        }
    }

    pub fn registry(&self, credentials: Option<Credentials>) -> Registry {
        let own = format!("registry.test:{}", self.port);
        Registry::new(self.reach(), move |host| {
            credentials.clone().filter(|_| host == own)
        })
    }

    /// A reference of an image in it.
    pub fn image(&self, version: &str) -> String {
        format!("registry.test:{}/acme/app{version}", self.port)
    }
}

/// A certificate for all names, by an authority of its own.
fn tls() -> (Arc<ServerConfig>, Vec<u8>) {
    let key = rcgen::KeyPair::generate().expect("a key");
    let mut authority = rcgen::CertificateParams::new(Vec::new()).expect("no names");
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let issuer = authority.self_signed(&key).expect("a certificate");
    let pem = format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        aws_smithy_types::base64::encode(issuer.der())
    );
    let issuer = rcgen::Issuer::new(authority, key);
    let own = rcgen::KeyPair::generate().expect("a key");
    let names = NAMES.map(str::to_owned).to_vec();
    let params = rcgen::CertificateParams::new(names).expect("names");
    let certificate = params.signed_by(&own, &issuer).expect("a certificate");
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .expect("the key is the certificate's");
    (Arc::new(config), pem.into_bytes())
}

fn serve(
    mut stream: StreamOwned<ServerConnection, TcpStream>,
    port: u16,
    kept: &Mutex<Vec<Asked>>,
    answer: &dyn Fn(&Asked, u16) -> Answer,
) -> std::io::Result<()> {
    let asked = read(&mut stream)?;
    kept.lock().expect("no panic").push(asked.clone());
    let answer = answer(&asked, port);
    if answer.silent {
        let _until_it_is_closed = stream.read(&mut [0]);
        return Ok(());
    }
    let mut head = format!("HTTP/1.1 {} x\r\nconnection: close\r\n", answer.status);
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{head}content-length: {}\r\n\r\n", answer.body.len()).as_bytes())?;
    if asked.method != "HEAD" {
        stream.write_all(&answer.body)?;
    }
    stream.conn.send_close_notify();
    stream.flush()
}

fn read(stream: &mut StreamOwned<ServerConnection, TcpStream>) -> std::io::Result<Asked> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (words.next(), words.next());
    let mut headers = BTreeMap::new();
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    Ok(Asked {
        method: method.unwrap_or_default(),
        path: path.unwrap_or_default(),
        host: headers.remove("host").unwrap_or_default(),
        authorization: headers.remove("authorization"),
    })
}
