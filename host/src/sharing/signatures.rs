//! Signatures of a manifest: found in its registry in both of cosign's layouts, and kept.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::edit::Failure;
use crate::lock::is_digest;
use crate::registry::{Artifact, Descriptor, Reference, Registry, SMALL};
use crate::store::Digest;
use crate::trust::{BUNDLE, Evidence, SIMPLE, Simple};

/// Signatures of each layout that are looked at.
const MOST: usize = 32;
/// All of them together may take as long as so many requests.
const REQUESTS: u32 = 6;
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
/// Those of the registry, and that they come too slowly; that there are none is no error.
pub async fn find(
    registry: &Registry,
    image: &Reference,
    artifact: Artifact,
) -> Result<Signed, Failure> {
    let digest = &artifact.digest;
    let looked = async {
        let simple = simple(registry, image, digest).await?;
        let bundles = bundles(registry, image, digest).await?;
        Ok(Evidence { simple, bundles })
    };
    let time = registry.timeout() * REQUESTS;
    let evidence = tokio::time::timeout(time, looked).await;
    let evidence = evidence.unwrap_or_else(|_| {
        let seconds = time.as_secs_f32();
        let message = format!("the signatures of `{image}` do not come within {seconds} s");
        Err(Failure::new("unavailable", message))
    })?;
    Ok(Signed {
        manifest: artifact.bytes,
        evidence,
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
        // What a digest of another kind names is nothing that is looked at.
        if !is_digest(&referrer.digest) {
            continue;
        }
        let pinned = Reference {
            digest: Some(referrer.digest),
            tag: None,
            ..image.clone()
        };
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
        .filter(|layer| is_wanted(&layer.media_type))
        .filter(|layer| is_digest(&layer.digest) && layer.size <= SMALL);
    wanted.take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::time::Duration;

    use super::*;
    use crate::registry::{Place, Places, Reach};
    use serde_json::json;

    /// A registry on loopback that answers each request so, or never.
    fn registry(answer: fn(&str) -> Option<Vec<u8>>) -> Registry {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = format!("http://{}/", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let mut kept = Vec::new();
            for mut stream in listener.incoming().flatten() {
                let mut head = [0; 4096];
                let length = stream.read(&mut head).unwrap_or_default();
                let path = String::from_utf8_lossy(&head[..length]);
                let path = path.split(' ').nth(1).unwrap_or_default().to_owned();
                if let Some(body) = answer(&path) {
                    let length = body.len();
                    let head = format!(
                        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
                    );
                    let _gone = stream.write_all(&[head.as_bytes(), &body].concat());
                } else {
                    kept.push(stream);
                }
            }
        });
        let reach = Reach {
            timeout: Duration::from_millis(100),
            places: Places(vec![Place::parse("ghcr.io/acme/", &at).unwrap()]),
            ..Reach::public()
        };
        Registry::new(reach, |_| None)
    }

    async fn found(registry: &Registry) -> Result<Signed, Failure> {
        let image: Reference = "ghcr.io/acme/otel:1".parse().unwrap();
        let artifact = Artifact {
            digest: format!("sha256:{}", Digest::of(b"{}")),
            bytes: b"{}".to_vec(),
        };
        let looked = find(registry, &image, artifact);
        let looked = tokio::time::timeout(Duration::from_secs(20), looked).await;
        looked.expect("it is bounded")
    }

    fn layer(digest: &str, size: usize) -> Value {
        json!({ "mediaType": SIMPLE, "digest": digest, "size": size,
            "annotations": { SIGNATURE: "AAAA" } })
    }

    #[tokio::test]
    async fn a_signature_that_never_comes_is_not_waited_for_as_long_as_a_component() {
        let registry = registry(|path| {
            let digest = format!("sha256:{}", Digest::of(b"x"));
            let manifest = json!({ "layers": [layer(&digest, 1)] }).to_string();
            path.ends_with(".sig").then(|| manifest.into_bytes())
        });
        let error = found(&registry).await.expect_err("it does not come");
        assert!(error.message.contains("no answer in 0.1 s"), "{error:?}");
    }

    #[tokio::test]
    async fn signatures_that_come_slowly_are_not_waited_for_without_end() {
        let registry = registry(|path| {
            if path.ends_with(".sig") {
                let digest = format!("sha256:{}", Digest::of(b"x"));
                let many = vec![layer(&digest, 1); MOST];
                return Some(json!({ "layers": many }).to_string().into_bytes());
            }
            // How slow it is is what is tested.
            std::thread::sleep(Duration::from_millis(60));
            Some(b"x".to_vec())
        });
        let error = found(&registry).await.expect_err("it takes too long");
        assert!(error.message.contains("signatures"), "{error:?}");
    }

    #[tokio::test]
    async fn what_is_no_signature_is_passed_over() {
        let registry = registry(|path| {
            if path.ends_with(".sig") {
                let (other, large) = (Digest::of(b"y"), 1 << 30);
                let layers = [
                    layer("sha512:\n  hint: odd", 1),
                    layer(&format!("sha256:{other}"), large),
                    layer(&format!("sha256:{}", Digest::of(b"x")), 1),
                ];
                return Some(json!({ "layers": layers }).to_string().into_bytes());
            }
            match path.contains("/blobs/") {
                true => Some(b"x".to_vec()),
                false => Some(b"{}".to_vec()),
            }
        });
        let signed = found(&registry).await.expect("one of them is a signature");
        assert_eq!(signed.evidence.simple.len(), 1);
    }

    /// What is kept is read back, however much of it there is: a run asks no registry for it.
    #[test]
    fn the_most_that_is_found_can_be_kept() {
        let odd = "\u{1}".repeat(usize::try_from(SMALL).unwrap());
        let one = Simple {
            payload: aws_smithy_types::base64::encode(&odd),
            signature: String::new(),
            certificate: false,
        };
        let signed = Signed {
            manifest: vec![0; 4 << 20],
            evidence: Evidence {
                simple: vec![one; MOST],
                bundles: vec![odd; MOST],
            },
        };
        assert!(signed.text().len() < 60 << 20, "{}", signed.text().len());
    }
}
