//! Publishing and signing, as other tools do it: what acetate reads is made without it.

use aws_smithy_types::base64;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

use super::digest;
use super::registry::ask;

const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const SIMPLE: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
/// What `cosign sign` says of a manifest.
pub const SIGN: &str = "https://sigstore.dev/cosign/sign/v1";
pub const EMPTY: &str = "application/vnd.oci.empty.v1+json";

/// A repository of a registry on this machine.
pub struct Repository {
    pub port: u16,
    pub name: &'static str,
}

/// A key pair.
pub struct Key(EcdsaKeyPair);

impl Key {
    pub fn new() -> Self {
        let (algorithm, random) = (&ECDSA_P256_SHA256_ASN1_SIGNING, SystemRandom::new());
        let made = EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("a key");
        Self(EcdsaKeyPair::from_pkcs8(algorithm, made.as_ref(), &random).expect("a key"))
    }

    /// The public key.
    pub fn pem(&self) -> String {
        let head = base64::decode("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE").expect("base64");
        let der = [&head[..], &self.0.public_key().as_ref()[1..]].concat();
        format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
            base64::encode(der)
        )
    }

    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signature = self.0.sign(&SystemRandom::new(), message);
        signature.expect("it signs").as_ref().to_vec()
    }
}

impl Repository {
    /// Sends a blob; its descriptor comes back.
    pub fn blob(&self, kind: &str, bytes: &[u8]) -> Value {
        let (port, name) = (self.port, self.name);
        let (_, _, headers, _) = ask(port, "POST", &format!("/v2/{name}/blobs/uploads/"), "", b"");
        let at = headers.get("location").expect("it says where");
        let at = at
            .split_once(&format!(":{port}"))
            .map_or(at.as_str(), |(_, path)| path);
        let separator = if at.contains('?') { '&' } else { '?' };
        let digest = digest(bytes);
        let to = format!("{at}{separator}digest={digest}");
        let (_, status, ..) = ask(port, "PUT", &to, "application/octet-stream", bytes);
        assert_eq!(status, "201", "the blob is kept");
        json!({ "mediaType": kind, "digest": digest, "size": bytes.len() })
    }

    /// Sends a manifest below a tag or its digest, which comes back.
    pub fn manifest(&self, kind: &str, tag: Option<&str>, manifest: &Value) -> String {
        let bytes = manifest.to_string().into_bytes();
        let digest = digest(&bytes);
        let path = format!("/v2/{}/manifests/{}", self.name, tag.unwrap_or(&digest));
        let (_, status, ..) = ask(self.port, "PUT", &path, kind, &bytes);
        assert_eq!(status, "201", "the manifest is kept");
        digest
    }

    /// A component as a plugin; the digest of its manifest comes back.
    pub fn push(&self, tag: &str, component: &[u8]) -> String {
        self.push_as(tag, component, "application/wasm")
    }

    /// The same with a layer of another media type.
    pub fn push_as(&self, tag: &str, component: &[u8], kind: &str) -> String {
        let config =
            json!({ "architecture": "wasm", "os": "wasip2", "layerDigests": [digest(component)] });
        let config = self.blob(
            "application/vnd.wasm.config.v0+json",
            config.to_string().as_bytes(),
        );
        let layer = self.blob(kind, component);
        let manifest =
            json!({ "schemaVersion": 2, "mediaType": IMAGE, "config": config, "layers": [layer] });
        self.manifest(IMAGE, Some(tag), &manifest)
    }

    /// Signs a manifest in cosign's older layout.
    pub fn sign(&self, of: &str, key: &Key) {
        let payload = json!({ "critical": {
            "identity": { "docker-reference": "ghcr.io/elsewhere" },
            "image": { "docker-manifest-digest": of },
            "type": "cosign container image signature" }, "optional": null });
        let payload = payload.to_string().into_bytes();
        self.sign_with(of, &payload, &key.sign(&payload));
    }

    /// The same with a signature that somebody else made.
    pub fn sign_with(&self, of: &str, payload: &[u8], signature: &[u8]) {
        let mut layer = self.blob(SIMPLE, payload);
        layer["annotations"] =
            json!({ "dev.cosignproject.cosign/signature": base64::encode(signature) });
        let config = self.blob("application/vnd.oci.image.config.v1+json", b"{}");
        let manifest =
            json!({ "schemaVersion": 2, "mediaType": IMAGE, "config": config, "layers": [layer] });
        let tag = format!("{}.sig", of.replace(':', "-"));
        self.manifest(IMAGE, Some(&tag), &manifest);
    }

    /// Signs a manifest in the newer layout, with the tag that stands in for a list of referrers.
    pub fn sign_in_a_bundle(&self, of: &str, key: &Key) {
        self.sign_listed_as(of, key, Some(BUNDLE));
    }

    /// The same, where the list has this kind of artifact for the bundle, or none.
    pub fn sign_listed_as(&self, of: &str, key: &Key, kind: Option<&str>) {
        let mut listed = self.bundle(of, key, SIGN, &json!({}));
        match kind {
            Some(kind) => listed["artifactType"] = kind.into(),
            None => {
                listed
                    .as_object_mut()
                    .and_then(|one| one.remove("artifactType"));
            }
        }
        self.list(of, &[listed]);
    }

    /// Sends a statement about a manifest as a bundle that refers to it; its descriptor comes back.
    pub fn bundle(&self, of: &str, key: &Key, kind: &str, predicate: &Value) -> Value {
        let statement = json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{ "digest": { "sha256": of.trim_start_matches("sha256:") } }],
            "predicateType": kind, "predicate": predicate });
        let (payload, kind) = (statement.to_string(), "application/vnd.in-toto+json");
        let message = format!("DSSEv1 {} {kind} {} {payload}", kind.len(), payload.len());
        let bundle = json!({
            "mediaType": BUNDLE,
            "verificationMaterial": { "publicKey": { "hint": "a hint" }, "tlogEntries": [] },
            "dsseEnvelope": { "payload": base64::encode(&payload), "payloadType": kind,
                "signatures": [{ "sig": base64::encode(key.sign(message.as_bytes())) }] } });
        let layer = self.blob(BUNDLE, bundle.to_string().as_bytes());
        let config = self.blob(EMPTY, b"{}");
        let manifest = json!({
            "schemaVersion": 2, "mediaType": IMAGE, "artifactType": BUNDLE, "config": config, "layers": [layer],
            "subject": { "mediaType": IMAGE, "digest": of, "size": 1 } });
        let size = manifest.to_string().len();
        let digest = self.manifest(IMAGE, None, &manifest);
        json!({ "mediaType": IMAGE, "digest": digest, "size": size, "artifactType": BUNDLE })
    }

    /// What refers to a manifest, below the tag that stands in for a list of referrers.
    pub fn list(&self, of: &str, referrers: &[Value]) {
        let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": referrers });
        self.manifest(INDEX, Some(&of.replace(':', "-")), &index);
    }
}
