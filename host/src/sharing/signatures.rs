//! Signatures of a manifest: found in its registry in both of cosign's layouts, and kept.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::edit::Failure;
use crate::registry::{Artifact, Descriptor, Reference, Registry, SMALL};
use crate::store::Digest;
use crate::trust::{BUNDLE, Evidence, SIMPLE, Simple};

/// Signatures of each layout that are looked at.
const MOST: usize = 32;
const SIGNATURE: &str = "dev.cosignproject.cosign/signature";
const CERTIFICATE: &str = "dev.sigstore.cosign/certificate";
/// Media type of the configuration of a manifest that has none.
const EMPTY: &str = "application/vnd.oci.empty.v1+json";

/// A manifest, and what was found to be signed of it. Nothing of it is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The manifest's bytes.
    pub manifest: Vec<u8>,
    /// The signatures.
    pub evidence: Evidence,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    manifest: String,
    evidence: Evidence,
}

impl Signed {
    /// A manifest of which no signature was looked for.
    #[must_use]
    pub fn none(artifact: Artifact) -> Self {
        Self {
            manifest: artifact.bytes,
            evidence: Evidence::default(),
        }
    }

    /// What was kept of the manifest with this digest, if it is that.
    #[must_use]
    pub fn parse(bytes: &[u8], digest: &str) -> Option<Self> {
        let kept: Kept = serde_json::from_slice(bytes).ok()?;
        let signed = Self {
            manifest: aws_smithy_types::base64::decode(kept.manifest).ok()?,
            evidence: kept.evidence,
        };
        (signed.digest() == digest).then_some(signed)
    }

    /// How it is kept.
    #[must_use]
    pub fn text(&self) -> Vec<u8> {
        let kept = Kept {
            manifest: aws_smithy_types::base64::encode(&self.manifest),
            evidence: self.evidence.clone(),
        };
        serde_json::to_vec(&kept).unwrap_or_default()
    }

    /// `sha256:…` of the manifest.
    #[must_use]
    pub fn digest(&self) -> String {
        format!("sha256:{}", Digest::of(&self.manifest))
    }
}

/// Looks for signatures of a manifest.
///
/// # Errors
/// Those of the registry; that there are none is no error.
pub async fn find(
    registry: &Registry,
    image: &Reference,
    artifact: Artifact,
) -> Result<Signed, Failure> {
    let simple = simple(registry, image, &artifact.digest).await?;
    let bundles = bundles(registry, image, &artifact.digest).await?;
    Ok(Signed {
        manifest: artifact.bytes,
        evidence: Evidence { simple, bundles },
    })
}

/// The older layout: a manifest below a tag of its own, each layer a payload whose annotation is
/// its signature.
async fn simple(
    registry: &Registry,
    image: &Reference,
    digest: &str,
) -> Result<Vec<Simple>, Failure> {
    let tag = Reference {
        tag: Some(format!("{}.sig", digest.replace(':', "-"))),
        digest: None,
        ..image.clone()
    };
    let Some(manifest) = registry.manifest(&tag).await? else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for layer in layers(&manifest.bytes, |kind| kind == SIMPLE) {
        let text = |name: &str| layer.annotations.get(name).and_then(Value::as_str);
        let Some(signature) = text(SIGNATURE) else {
            continue;
        };
        let payload = registry.small(image, &layer).await?;
        found.push(Simple {
            payload: aws_smithy_types::base64::encode(payload),
            signature: signature.to_owned(),
            certificate: text(CERTIFICATE).is_some_and(|text| !text.is_empty()),
        });
    }
    Ok(found)
}

/// The newer layout: manifests that refer to ours, whose layer is a bundle.
async fn bundles(
    registry: &Registry,
    image: &Reference,
    digest: &str,
) -> Result<Vec<String>, Failure> {
    let referrers = registry.referrers(image, digest).await?;
    let mut found = Vec::new();
    for referrer in referrers.into_iter().filter(may_be_bundle).take(MOST) {
        let pinned = Reference {
            digest: Some(referrer.digest),
            tag: None,
            ..image.clone()
        };
        // What a digest of another kind names is nothing that is looked at.
        if !pinned
            .digest
            .as_deref()
            .is_some_and(crate::registry::is_digest)
        {
            continue;
        }
        let Some(manifest) = registry.manifest(&pinned).await? else {
            continue;
        };
        for layer in layers(&manifest.bytes, |kind| kind.starts_with(BUNDLE)) {
            if found.len() == MOST {
                return Ok(found);
            }
            let bundle = registry.small(image, &layer).await?;
            found.extend(String::from_utf8(bundle).ok());
        }
    }
    Ok(found)
}

/// Older cosigns (2.6 and 3.0 by go-containerregistry), where they write the tag that stands in for
/// a list, and some registries have the media type of the configuration, an empty one, for the kind.
fn may_be_bundle(one: &Descriptor) -> bool {
    let kind = one.artifact_type.as_deref();
    kind.is_none_or(|kind| kind == EMPTY || kind.starts_with(BUNDLE))
}

/// Layers that may be signatures; what has more bytes (a list of all parts, say) is none, and no error.
fn layers(manifest: &[u8], is_wanted: impl Fn(&str) -> bool) -> Vec<Descriptor> {
    let manifest: Value = serde_json::from_slice(manifest).unwrap_or_default();
    let layers = manifest.get("layers").cloned().unwrap_or_default();
    let layers: Vec<Descriptor> = serde_json::from_value(layers).unwrap_or_default();
    let wanted = layers
        .into_iter()
        .filter(|layer| is_wanted(&layer.media_type) && layer.size <= SMALL);
    wanted.take(MOST).collect()
}
