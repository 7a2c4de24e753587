//! Container registries, as far as plugins may ask them: which digest a reference names now, by
//! the [OCI distribution specification](https://github.com/opencontainers/distribution-spec).
//!
//! A plugin says which registry is asked, so each connection is one that a stranger wished for:
//! only HTTPS, only to a host with a name, only to an address of the public internet, checked
//! after the name was resolved and on the very address that is connected to. Credentials go to
//! the registry that they are for and to the token service that it names itself, and never along
//! with a redirect. Answers and times are bounded.
//!
//! Registries are asked directly: behind a proxy the address could not be checked.

mod address;
mod artifact;
mod challenge;
mod credentials;
mod docker;
mod fetch;
mod find;
mod places;
mod push;
mod reference;
mod token;
mod url;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::dns::SharedDnsResolver;
use sha2::{Digest as _, Sha256};

pub use address::AddressRule;
pub use artifact::{Artifact, Descriptor, IMAGE, Mismatch, SMALL};
pub use credentials::{Credentials, of_docker};
pub use docker::of_docker_and_helpers;
pub use find::{Found, config_digest};
pub use places::{Place, Places};
pub use reference::Reference;

use crate::edit::Failure;
use crate::lock::is_digest;
use fetch::{Fetched, Fetcher, Request};
use url::Url;

/// How registries are reached. The program always uses [`Reach::public`].
#[derive(Debug, Clone)]
pub struct Reach {
    /// Which addresses may be connected to.
    pub addresses: AddressRule,
    /// Who resolves names; the system where this is none.
    pub resolver: Option<SharedDnsResolver>,
    /// Certificate authorities to trust, as PEM; the system's where this is none.
    pub authorities: Option<Vec<u8>>,
    /// Time for one request, with its redirects and the body of its answer.
    pub timeout: Duration,
    /// Registries that are asked elsewhere.
    pub places: Places,
}

impl Reach {
    /// Public addresses, the system's resolver, the system's certificate authorities.
    #[must_use]
    pub const fn public() -> Self {
        Self {
            addresses: AddressRule::PUBLIC,
            resolver: None,
            authorities: None,
            timeout: Duration::from_secs(20),
            places: Places::NONE,
        }
    }
}

/// Who keeps credentials, by the registry's host.
type Keeper = dyn Fn(&str) -> Option<Credentials> + Send + Sync;

/// The client of all registries.
#[derive(Clone)]
pub struct Registry {
    fetcher: Arc<Fetcher>,
    reach: Arc<Reach>,
    credentials: Arc<Keeper>,
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").finish_non_exhaustive()
    }
}

/// Kinds of manifest that a reference may name, as the header `Accept` has them.
pub const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, \
application/vnd.docker.distribution.manifest.list.v2+json, \
application/vnd.oci.image.manifest.v1+json, \
application/vnd.docker.distribution.manifest.v2+json";

impl Registry {
    /// A client that reaches registries so, with these credentials by registry host.
    #[must_use]
    pub fn new(
        reach: Reach,
        credentials: impl Fn(&str) -> Option<Credentials> + Send + Sync + 'static,
    ) -> Self {
        Self {
            reach: Arc::new(reach.clone()),
            fetcher: Arc::new(Fetcher::new(reach)),
            credentials: Arc::new(credentials),
        }
    }

    /// The client that the program uses: public registries, and the credentials that docker
    /// keeps.
    #[must_use]
    pub fn public() -> Self {
        Self::new(Reach::public(), of_docker)
    }

    /// `sha256:…` of what a reference names now; `None` where there is no such image, or none
    /// that may be seen.
    ///
    /// # Errors
    /// `invalid` for what is no reference; `unavailable` where the registry must not be asked,
    /// cannot be reached, or does not answer as a registry.
    pub async fn digest(&self, image: &str) -> Result<Option<String>, Failure> {
        let image: Reference = image
            .parse()
            .map_err(|why: String| Failure::new("invalid", why))?;
        let url = self.url(&image, "manifests", image.version())?;
        let mut asked = self
            .authorized(&image, Request::head(&url, MANIFESTS))
            .await?;
        if matches!(asked.status, 405 | 501) || (asked.status == 200 && asked.digest.is_none()) {
            asked = self
                .authorized(&image, Request::get(&url, MANIFESTS))
                .await?;
        }
        judge(&image, asked)
    }

    fn url(&self, image: &Reference, kind: &str, name: &str) -> Result<Url, Failure> {
        let path = format!("/v2/{}/{kind}/{name}", image.repository);
        let url = match self.reach.places.is_plain(&image.registry) {
            true => Url::of_this_machine(&image.registry, &path),
            false => Url::of_registry(image.api_host(), &path),
        };
        url.map_err(|why| unavailable(&image.registry, &why))
    }

    /// Asks, and asks again with what the registry's challenge wants.
    async fn authorized(
        &self,
        image: &Reference,
        request: Request<'_>,
    ) -> Result<Fetched, Failure> {
        self.known(image, request, &mut None).await
    }

    /// The same, first with what was good before.
    async fn known(
        &self,
        image: &Reference,
        request: Request<'_>,
        good: &mut Option<String>,
    ) -> Result<Fetched, Failure> {
        let host = &image.registry;
        let told = |why: String| unavailable(host, &why);
        let first = self.fetcher.fetch(&request, good.as_deref()).await;
        let first = first.map_err(told)?;
        if first.status != 401 {
            return Ok(first);
        }
        let (keeper, of) = (Arc::clone(&self.credentials), host.clone());
        // A program may be asked for them.
        let asked = tokio::task::spawn_blocking(move || keeper(&of)).await;
        let credentials = asked.ok().flatten();
        let authorization = token::authorize(
            &self.fetcher,
            (image, &request),
            &first,
            credentials.as_ref(),
        );
        match authorization.await.map_err(told)? {
            Some(header) => {
                let again = self.fetcher.fetch(&request, Some(&header)).await;
                *good = Some(header);
                again.map_err(told)
            }
            None => Ok(first),
        }
    }
}

/// What the registry's last answer says.
fn judge(image: &Reference, fetched: Fetched) -> Result<Option<String>, Failure> {
    let host = &image.registry;
    match fetched.status {
        200 => {}
        404 => return Ok(None),
        401 | 403 => {
            let failure = unavailable(host, "it asks for credentials that may read this image");
            return Err(failure.hint(format!(
                "`docker login {host}` keeps some where they are found; helpers of docker are not run"
            )));
        }
        429 => return Err(unavailable(host, "it was asked too often (HTTP 429)")),
        status => return Err(unavailable(host, &format!("it answers with HTTP {status}"))),
    }
    let digest = match fetched.digest {
        Some(digest) => digest,
        None if !fetched.body.is_empty() => format!("sha256:{:x}", Sha256::digest(&fetched.body)),
        None => return Err(unavailable(host, "its answer names no digest")),
    };
    if !is_digest(&digest) {
        return Err(unavailable(
            host,
            "its answer names a digest that is none of SHA-256",
        ));
    }
    match &image.digest {
        Some(asked) if *asked != digest => Err(unavailable(
            host,
            "its answer names another digest than was asked for",
        )),
        _ => Ok(Some(digest)),
    }
}

fn unavailable(registry: &str, why: &str) -> Failure {
    Failure::new(
        "unavailable",
        format!("registry `{registry}` cannot be asked: {why}"),
    )
}
