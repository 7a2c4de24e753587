//! Plugins in registries: manifests, layers and signatures, each by its digest.
//!
//! Nothing that a registry says is believed: what it sends is hashed while it comes, and is what
//! was asked for or is refused. How much comes is bounded.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::fetch::{Fetched, Request};
use super::{Reference, Registry, judge, unavailable};
use crate::edit::Failure;
use crate::lock::is_digest;

/// Media type of the only kind of manifest that a plugin has.
pub const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// What is accepted as a manifest; an index is asked for too, to say that it is one.
const ACCEPTED: &str = "application/vnd.oci.image.manifest.v1+json, \
application/vnd.oci.image.index.v1+json";

/// Time for a layer.
const LAYER_TIME: Duration = Duration::from_secs(600);
/// Bytes of a small file at most; a signature is one, and those of cosign have less than a tenth.
pub const SMALL: u64 = 128 << 10;

/// A manifest, with the digest that its bytes have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// `sha256:…` of the bytes.
    pub digest: String,
    /// The manifest.
    pub bytes: Vec<u8>,
}

/// Something that a manifest refers to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// Its media type.
    pub media_type: String,
    /// Its digest, of whatever kind.
    pub digest: String,
    /// Its bytes.
    pub size: u64,
    /// What kind of artifact it is, of one that refers to another.
    #[serde(default)]
    pub artifact_type: Option<String>,
    /// Its annotations, an object.
    #[serde(default)]
    pub annotations: Value,
}

/// A registry that sends something else than it was asked for: the code of the failure.
#[derive(Debug, Clone, Copy)]
pub struct Mismatch;

impl Mismatch {
    /// The code.
    pub const CODE: &'static str = "digest";
}

impl Registry {
    /// The manifest that a reference names now; `None` where there is none.
    ///
    /// # Errors
    /// `unavailable` as for [`Registry::digest`]; [`Mismatch::CODE`] where it is another one than
    /// was asked for, or than it says.
    pub async fn manifest(&self, image: &Reference) -> Result<Option<Artifact>, Failure> {
        let image = self.reach.places.of(image);
        let url = self.url(&image, "manifests", image.version())?;
        let mut fetched = self
            .authorized(&image, Request::get(&url, ACCEPTED))
            .await?;
        let (digest, said) = (format!("sha256:{}", fetched.sha256), fetched.digest.clone());
        let bytes = std::mem::take(&mut fetched.body);
        if !found(&image, fetched)? {
            return Ok(None);
        }
        let asked = image.digest.as_ref().unwrap_or(&digest);
        let said = said.as_ref().unwrap_or(&digest);
        if *asked != digest || *said != digest {
            let other = if *asked == digest { said } else { asked };
            return Err(mismatch(&image, "manifest", other, &digest));
        }
        Ok(Some(Artifact { digest, bytes }))
    }

    /// What a manifest refers to, by its digest: never more of it than it is said to have.
    ///
    /// # Errors
    /// `unavailable` where it is not there or too much comes; [`Mismatch::CODE`] where it is
    /// something else.
    pub async fn layer(
        &self,
        image: &Reference,
        layer: &Descriptor,
        most: u64,
    ) -> Result<Vec<u8>, Failure> {
        self.part(image, layer, (most, LAYER_TIME)).await
    }

    async fn part(
        &self,
        image: &Reference,
        layer: &Descriptor,
        (most, time): (u64, Duration),
    ) -> Result<Vec<u8>, Failure> {
        let image = self.reach.places.of(image);
        let told = |why: &str| unavailable(&image.registry, why);
        if !is_digest(&layer.digest) {
            let message = format!("the digest of a layer {NOT_SHA256}");
            return Err(Failure::new(Mismatch::CODE, message));
        }
        let bytes = usize::try_from(layer.size.min(most)).unwrap_or(usize::MAX);
        if layer.size > most {
            let size = layer.size;
            return Err(told(&format!(
                "a layer has {size} bytes, of at most {most}"
            )));
        }
        let url = self.url(&image, "blobs", &layer.digest)?;
        let request = Request::get(&url, "*/*").within(bytes, time);
        let mut fetched = self.authorized(&image, request).await?;
        let digest = format!("sha256:{}", fetched.sha256);
        let body = std::mem::take(&mut fetched.body);
        // What this header says of a layer, if anything, is of no use: its bytes tell.
        let fetched = Fetched {
            digest: Some(digest.clone()),
            ..fetched
        };
        let plain = Reference {
            digest: None,
            ..image.clone()
        };
        if !found(&plain, fetched)? {
            return Err(told("a layer that its manifest names is not there"));
        }
        if digest != layer.digest {
            return Err(mismatch(&image, "layer", &layer.digest, &digest));
        }
        // By its size it is told from one that was cut, without being read.
        if body.len() != bytes {
            let message = format!(
                "a layer has {} bytes, and its manifest says {bytes}",
                body.len()
            );
            return Err(Failure::new(Mismatch::CODE, message));
        }
        Ok(body)
    }

    /// The manifests that say that they are about another one: by the interface for them, or else
    /// by the tag that stands in for it.
    ///
    /// # Errors
    /// As for [`Registry::manifest`].
    pub async fn referrers(
        &self,
        image: &Reference,
        digest: &str,
    ) -> Result<Vec<Descriptor>, Failure> {
        let here = self.reach.places.of(image);
        let url = self.url(&here, "referrers", digest)?;
        let fetched = self.authorized(&here, Request::get(&url, INDEX)).await?;
        if fetched.status == 200
            && let Some(listed) = listed(&fetched.body)
        {
            return Ok(listed);
        }
        let tag = Reference {
            tag: Some(digest.replace(':', "-")),
            digest: None,
            ..image.clone()
        };
        let index = self.manifest(&tag).await?;
        Ok(index
            .and_then(|index| listed(&index.bytes))
            .unwrap_or_default())
    }

    /// A small file that a manifest refers to: at most [`SMALL`] bytes, in the time of any request.
    ///
    /// # Errors
    /// As for [`Registry::layer`].
    pub async fn small(&self, image: &Reference, of: &Descriptor) -> Result<Vec<u8>, Failure> {
        self.part(image, of, (SMALL, self.reach.timeout)).await
    }

    /// Time for one request.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.reach.timeout
    }
}

/// The manifests of an index, if it is one.
fn listed(bytes: &[u8]) -> Option<Vec<Descriptor>> {
    let index: Value = serde_json::from_slice(bytes).ok()?;
    let manifests = index.get("manifests")?.as_array()?;
    let read = |one: &Value| Descriptor::deserialize(one).ok();
    Some(manifests.iter().filter_map(read).collect())
}

fn found(image: &Reference, fetched: Fetched) -> Result<bool, Failure> {
    // Which digest it says is compared by whoever asks, with words of its own.
    let digest = format!("sha256:{}", fetched.sha256);
    let any = Reference {
        digest: None,
        ..image.clone()
    };
    let fetched = Fetched {
        digest: Some(digest),
        ..fetched
    };
    judge(&any, fetched).map(|found| found.is_some())
}

/// What is told of a digest has its form, or is not shown: it is the registry's word.
fn mismatch(image: &Reference, what: &str, asked: &str, sent: &str) -> Failure {
    let registry = &image.registry;
    let message = match is_digest(asked) {
        true => {
            format!("registry `{registry}` sends another {what}: `{sent}` instead of `{asked}`")
        }
        false => format!("registry `{registry}` sends a {what} whose digest {NOT_SHA256}"),
    };
    Failure::new(Mismatch::CODE, message)
}

/// Why a digest is not taken.
const NOT_SHA256: &str = "is none of SHA-256, and no other is taken";
