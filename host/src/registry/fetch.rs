//! One request to a registry, within bounds: where it goes, how long it takes, how much comes
//! back.

use std::collections::BTreeMap;
use std::error::Error;
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::dns::{
    DnsFuture, ResolveDns, ResolveDnsError, SharedDnsResolver,
};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use sha2::{Digest as _, Sha256};

use super::Reach;
use super::address::AddressRule;
use super::url::Url;
use crate::store::Digest;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes of an answer at most; manifests have no more than this, by the specification.
const LARGEST: usize = 4 << 20;
const REDIRECTS: usize = 3;

/// What is asked.
pub struct Request<'a> {
    method: &'static str,
    /// Where it goes first.
    pub url: &'a Url,
    accept: &'static str,
    most: usize,
    time: Option<Duration>,
    /// What is sent, and its media type.
    sent: Option<(&'a [u8], &'a str)>,
    /// What a token has to be for.
    pub actions: &'static str,
}

impl<'a> Request<'a> {
    /// Asks for the header only.
    pub const fn head(url: &'a Url, accept: &'static str) -> Self {
        Self {
            method: "HEAD",
            url,
            accept,
            most: 0,
            time: None,
            sent: None,
            actions: "pull",
        }
    }

    /// Asks for all.
    pub const fn get(url: &'a Url, accept: &'static str) -> Self {
        Self {
            method: "GET",
            url,
            accept,
            most: LARGEST,
            time: None,
            sent: None,
            actions: "pull",
        }
    }

    /// Sends something of this media type.
    pub const fn send(
        method: &'static str,
        url: &'a Url,
        (bytes, kind): (&'a [u8], &'a str),
        time: Duration,
    ) -> Self {
        Self {
            method,
            url,
            accept: "*/*",
            most: 0,
            time: Some(time),
            sent: Some((bytes, kind)),
            actions: "pull,push",
        }
    }

    /// The same, where an answer may have so many bytes and take so long.
    pub const fn within(self, most: usize, time: Duration) -> Self {
        Self {
            most,
            time: Some(time),
            ..self
        }
    }
}

/// What came back.
pub struct Fetched {
    /// Status of the answer.
    pub status: u16,
    /// `Docker-Content-Digest`.
    pub digest: Option<String>,
    /// `WWW-Authenticate`.
    pub challenges: Vec<String>,
    /// The body of a good answer.
    pub body: Vec<u8>,
    /// SHA-256 of the body, taken while it came.
    pub sha256: Digest,
    /// `Location` of what was accepted.
    pub location: Option<String>,
    /// Whether a redirect was followed.
    pub redirected: bool,
}

/// Makes requests, and keeps the connections of a run.
pub struct Fetcher {
    reach: Reach,
    connectors: Mutex<BTreeMap<(String, u16, bool), SharedHttpConnector>>,
}

impl Fetcher {
    pub const fn new(reach: Reach) -> Self {
        Self {
            reach,
            connectors: Mutex::new(BTreeMap::new()),
        }
    }

    /// Asks, and follows a few redirects, to where the first request may go too. `authorization`
    /// goes to the first host only.
    ///
    /// # Errors
    /// Why there is no answer, as a fragment about the registry.
    pub async fn fetch(
        &self,
        request: &Request<'_>,
        authorization: Option<&str>,
    ) -> Result<Fetched, String> {
        let most = request.time.unwrap_or(self.reach.timeout);
        let fetched = tokio::time::timeout(most, self.follow(request, authorization)).await;
        fetched.unwrap_or_else(|_| Err(format!("no answer in {} s", most.as_secs_f32())))
    }

    async fn follow(
        &self,
        request: &Request<'_>,
        authorization: Option<&str>,
    ) -> Result<Fetched, String> {
        let (mut url, mut authorization) = (request.url.clone(), authorization);
        for followed in 0..=REDIRECTS {
            let response = self.send(request, &url, authorization).await?;
            let status = response.status().as_u16();
            if !matches!(status, 301 | 302 | 303 | 307 | 308) {
                return fetched(response, followed > 0, request).await;
            }
            if request.sent.is_some() {
                return Err("it redirects what is sent to it".to_owned());
            }
            let location = response.headers().get("location").unwrap_or_default();
            let next = url.redirected(location)?;
            self.check_lead(&url, &next)?;
            url = next;
            authorization = None;
        }
        Err(format!("it redirects more than {REDIRECTS} times"))
    }

    /// Refuses to be led into a private network by a registry that is in none.
    ///
    /// # Errors
    /// That it is so, as a fragment.
    pub fn check_lead(&self, from: &Url, to: &Url) -> Result<(), String> {
        match self.reach.places.may_lead(from, to) {
            true => Ok(()),
            false => Err("it leads to a host of a private network".to_owned()),
        }
    }

    async fn send(
        &self,
        request: &Request<'_>,
        url: &Url,
        authorization: Option<&str>,
    ) -> Result<HttpResponse, String> {
        let odd = |_| "the request cannot be written".to_owned();
        // A plain connection is a place that this machine's own file names, on this machine.
        if url.plain && !self.reach.places.is_plain(&url.authority()) {
            return Err("it is asked by HTTPS only".to_owned());
        }
        let body = request
            .sent
            .map_or_else(SdkBody::empty, |(bytes, _)| SdkBody::from(bytes));
        let mut http = HttpRequest::new(body);
        http.set_method(request.method).map_err(odd)?;
        http.set_uri(url.to_string()).map_err(odd)?;
        let agent = concat!("acetate/", env!("CARGO_PKG_VERSION"));
        let headers = http.headers_mut();
        headers.try_insert("accept", request.accept).map_err(odd)?;
        headers.try_insert("user-agent", agent).map_err(odd)?;
        if let Some((bytes, kind)) = request.sent {
            let length = bytes.len().to_string();
            headers
                .try_insert("content-type", kind.to_owned())
                .map_err(odd)?;
            headers.try_insert("content-length", length).map_err(odd)?;
        }
        if let Some(authorization) = authorization {
            let authorization = authorization.to_owned();
            headers
                .try_insert("authorization", authorization)
                .map_err(odd)?;
        }
        let answer = self.connector(url)?.call(http).await;
        answer.map_err(|error| deepest(&error))
    }

    /// The connector for one host and port; its resolver knows the port that is meant.
    fn connector(&self, url: &Url) -> Result<SharedHttpConnector, String> {
        let mut connectors = self
            .connectors
            .lock()
            .expect("nothing panics while it is held");
        let key = (url.host.clone(), url.port, url.plain);
        if let Some(connector) = connectors.get(&key) {
            return Ok(connector.clone());
        }
        let settings = HttpConnectorSettings::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .build();
        let context = TlsContext::builder()
            .with_trust_store(self.trust_store(url))
            .build()
            .map_err(|error| deepest(&error))?;
        let connector = Connector::builder()
            .connector_settings(settings)
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .tls_context(context)
            .build_with_resolver(Checked {
                resolver: self.reach.resolver.clone(),
                addresses: self.addresses(url),
                port: url.port,
            });
        let connector = SharedHttpConnector::new(connector);
        connectors.insert(key, connector.clone());
        Ok(connector)
    }

    /// Certificate authorities of one host; a wrong one is an error, and never a fall-back to the
    /// system's.
    fn trust_store(&self, url: &Url) -> TrustStore {
        let store = TrustStore::empty();
        let place = self.reach.places.at(&url.authority());
        let own = place.and_then(|place| place.authorities.as_ref());
        match own.or(self.reach.authorities.as_ref()) {
            None => store.with_native_roots(true),
            Some(authorities) => store.with_pem_certificate(authorities.clone()),
        }
    }

    fn addresses(&self, url: &Url) -> AddressRule {
        let place = self.reach.places.at(&url.authority());
        match place.is_some_and(|place| place.private) {
            true => self.reach.addresses.and_private(),
            false => self.reach.addresses,
        }
    }
}

async fn fetched(
    response: HttpResponse,
    redirected: bool,
    request: &Request<'_>,
) -> Result<Fetched, String> {
    let status = response.status().as_u16();
    let headers = response.headers();
    let digest = headers.get("docker-content-digest").map(str::to_owned);
    let location = headers.get("location").map(str::to_owned);
    let challenges = headers
        .get_all("www-authenticate")
        .map(str::to_owned)
        .collect();
    let (body, sha256) = match status == 200 && request.method == "GET" {
        true => bounded(response.into_body(), request.most).await?,
        false => (Vec::new(), Digest::of(&[])),
    };
    Ok(Fetched {
        status,
        digest,
        challenges,
        body,
        sha256,
        location,
        redirected,
    })
}

async fn bounded(body: SdkBody, most: usize) -> Result<(Vec<u8>, Digest), String> {
    let (mut stream, mut bytes) = (ByteStream::new(body), Vec::new());
    let mut sha256 = Sha256::new();
    while let Some(part) = stream.next().await {
        let part = part.map_err(|error| deepest(&error))?;
        if bytes.len() + part.len() > most {
            return Err(format!("its answer has more than {most} bytes"));
        }
        sha256.update(&part);
        bytes.extend_from_slice(&part);
    }
    Ok((bytes, Digest::new(sha256.finalize().into())))
}

/// The cause of all causes: those before it say that something failed.
fn deepest(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| (*error).source());
    causes.last().map(ToString::to_string).unwrap_or_default()
}

/// A resolver whose addresses may all be connected to. Connections are made to what it gives, so
/// that a name cannot be checked with one address and connected to by another.
#[derive(Debug, Clone)]
struct Checked {
    resolver: Option<SharedDnsResolver>,
    addresses: AddressRule,
    port: u16,
}

impl ResolveDns for Checked {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::new(async move {
            let addresses = match &self.resolver {
                Some(resolver) => resolver.resolve_dns(name).await?,
                None => system(name).await?,
            };
            checked(self.addresses, addresses, self.port).map_err(ResolveDnsError::new)
        })
    }
}

async fn system(name: &str) -> Result<Vec<IpAddr>, ResolveDnsError> {
    let found = tokio::net::lookup_host((name, 0)).await;
    let found = found.map_err(ResolveDnsError::new)?;
    Ok(found.map(|address| address.ip()).collect())
}

fn checked(rule: AddressRule, addresses: Vec<IpAddr>, port: u16) -> Result<Vec<IpAddr>, String> {
    for address in &addresses {
        rule.check(*address, port).map_err(|kind| {
            format!("its name leads to a {kind} address, and only public ones are asked")
        })?;
    }
    match addresses.is_empty() {
        true => Err("its name leads to no address".to_owned()),
        false => Ok(addresses),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_that_must_not_be_asked_is_one_too_many() {
        let check = |addresses: &[&str]| {
            let addresses = addresses.iter().map(|a| a.parse().unwrap()).collect();
            checked(AddressRule::PUBLIC, addresses, 443)
        };
        assert_eq!(check(&["1.1.1.1", "2606:4700::1"]).unwrap().len(), 2);
        for addresses in [
            &["1.1.1.1", "127.0.0.1"][..],
            &["::ffff:169.254.169.254"],
            &["10.0.0.1", "1.1.1.1"],
            &[],
        ] {
            assert!(check(addresses).is_err(), "{addresses:?}");
        }
    }

    /// Notes which names it is asked for.
    #[derive(Debug, Clone, Default)]
    struct Noted(std::sync::Arc<Mutex<Vec<String>>>);

    impl ResolveDns for Noted {
        fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
            self.0.lock().unwrap().push(name.to_owned());
            DnsFuture::ready(Ok(vec![IpAddr::from([127, 0, 0, 9])]))
        }
    }

    /// A host that this machine's own file lets into private networks is asked because somebody
    /// named it, never because another registry says so.
    #[tokio::test]
    async fn no_registry_leads_into_a_private_network() {
        use std::io::{Read as _, Write as _};

        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut head = [0; 4096];
                let length = stream.read(&mut head).unwrap_or_default();
                let head = String::from_utf8_lossy(&head[..length]);
                let answer = match head.contains("/redirects") {
                    true => "307 x\r\nlocation: https://inside.example.com/x",
                    false => {
                        "401 x\r\nwww-authenticate: Bearer realm=\"https://inside.example.com/x\""
                    }
                };
                let _gone = write!(
                    stream,
                    "HTTP/1.1 {answer}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
                );
            }
        });
        let place = |prefix: &str, at: &str| super::super::Place::parse(prefix, at).unwrap();
        let inside = super::super::Place {
            private: true,
            ..place("inside.example.com/", "https://inside.example.com/")
        };
        let noted = Noted::default();
        let reach = Reach {
            resolver: Some(SharedDnsResolver::new(noted.clone())),
            places: super::super::Places(vec![inside, place("ghcr.io/", &format!("http://{at}/"))]),
            ..Reach::public()
        };
        let registry = super::super::Registry::new(reach, |_| None);
        for name in ["redirects", "challenges"] {
            let image = format!("ghcr.io/{name}:1").parse().unwrap();
            let error = registry.manifest(&image).await.expect_err("it is refused");
            assert!(error.message.contains("private network"), "{error:?}");
        }
        assert_eq!(*noted.0.lock().unwrap(), [""; 0]);
    }
}
