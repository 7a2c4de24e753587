//! Signatures as cosign makes them, in both of its layouts: the older one, a "simple signing"
//! payload below the tag `sha256-….sig`, and the newer one, a Sigstore bundle that refers to the
//! manifest. What is signed names the digest of the manifest, and nothing else of it counts: the
//! reference in a payload stays what it was where a registry is mirrored.

use aws_smithy_types::base64;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::key::PublicKey;

/// Media type of a payload of the older layout.
pub const SIMPLE: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
/// What the media type of a Sigstore bundle begins with.
pub const BUNDLE: &str = "application/vnd.dev.sigstore.bundle";

const SIMPLE_TYPE: &str = "cosign container image signature";
const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
const PREDICATE: &str = "https://sigstore.dev/cosign/sign/v1";
const PAYLOAD: &str = "application/vnd.in-toto+json";

/// A signature of the older layout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Simple {
    /// What was signed, in base64.
    pub payload: String,
    /// The signature in base64.
    pub signature: String,
    /// Whether a certificate came with it.
    pub certificate: bool,
}

/// All signatures that were found of one manifest. None of them is believed yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Those of the older layout.
    pub simple: Vec<Simple>,
    /// Those of the newer one, each a bundle as JSON text.
    pub bundles: Vec<String>,
}

impl Evidence {
    /// How many signatures there are, good or bad.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.simple.len() + self.bundles.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many of them are by an identity instead of a key.
    #[must_use]
    pub fn keyless(&self) -> usize {
        let simple = self.simple.iter().filter(|one| one.certificate).count();
        let by_identity = |text: &&String| {
            let bundle: Value = serde_json::from_str(text).unwrap_or_default();
            let material = bundle.get("verificationMaterial");
            let has = |name: &str| material.is_some_and(|material| material.get(name).is_some());
            has("certificate") || has("x509CertificateChain")
        };
        simple + self.bundles.iter().filter(by_identity).count()
    }

    /// Whether one of them is by this key, and of the manifest with this digest, `sha256:…`.
    #[must_use]
    pub fn is_signed(&self, digest: &str, key: &PublicKey) -> bool {
        let simple = |one: &Simple| simple(one, digest, key);
        let bundle = |text: &String| bundle(text, digest, key);
        self.simple.iter().any(|one| simple(one).is_some())
            || self.bundles.iter().any(|text| bundle(text).is_some())
    }
}

fn simple(one: &Simple, digest: &str, key: &PublicKey) -> Option<()> {
    let payload = base64::decode(&one.payload).ok()?;
    let signature = base64::decode(&one.signature).ok()?;
    if !key.signed(&payload, &signature) {
        return None;
    }
    let payload: Value = serde_json::from_slice(&payload).ok()?;
    let critical = payload.get("critical")?;
    let of = critical.pointer("/image/docker-manifest-digest")?;
    let is_signature = critical.get("type")? == SIMPLE_TYPE;
    (is_signature && of == digest).then_some(())
}

fn bundle(text: &str, digest: &str, key: &PublicKey) -> Option<()> {
    let bundle: Value = serde_json::from_str(text).ok()?;
    let envelope = bundle.get("dsseEnvelope")?;
    // The type is part of what is signed, so another one would not do with the same signature.
    if envelope.get("payloadType")? != PAYLOAD {
        return None;
    }
    let payload = base64::decode(envelope.get("payload")?.as_str()?).ok()?;
    let message = encoded(&payload);
    let signed = |signature: &Value| {
        let signature = signature.get("sig").and_then(Value::as_str);
        let signature = signature.and_then(|text| base64::decode(text).ok());
        signature.is_some_and(|signature| key.signed(&message, &signature))
    };
    if !envelope.get("signatures")?.as_array()?.iter().any(signed) {
        return None;
    }
    let statement: Value = serde_json::from_slice(&payload).ok()?;
    let [subject] = statement.get("subject")?.as_array()?.as_slice() else {
        return None;
    };
    let of = subject.pointer("/digest/sha256")?.as_str()?;
    // Other statements (what it was built of, what was found in it) are no signature of it.
    let is_signature =
        statement.get("_type")? == STATEMENT_TYPE && statement.get("predicateType")? == PREDICATE;
    (is_signature && digest.strip_prefix("sha256:") == Some(of)).then_some(())
}

/// What is signed of a bundle's payload, by
/// [DSSE](https://github.com/secure-systems-lab/dsse/blob/master/protocol.md).
fn encoded(payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {PAYLOAD} {} ", PAYLOAD.len(), payload.len());
    [head.as_bytes(), payload].concat()
}
