//! Public keys: ECDSA over P-256, as `cosign generate-key-pair` and openssl write them.

use std::cmp::Ordering;
use std::fmt;

use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use sha2::{Digest as _, Sha256};

/// A public key by which signatures are verified.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// `SubjectPublicKeyInfo`, which ends with the point.
    der: Vec<u8>,
}

/// What a `SubjectPublicKeyInfo` of P-256 begins with: the algorithm, the curve, and that a point
/// of 65 bytes follows, by [RFC 5480](https://www.rfc-editor.org/rfc/rfc5480#section-2).
const P256: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// Bytes of a point: a mark that it is not compressed, and two coordinates.
const POINT: usize = 65;

/// What a public key in PEM begins with.
pub const PEM: &str = "-----BEGIN PUBLIC KEY-----";
const END: &str = "-----END PUBLIC KEY-----";

impl PublicKey {
    /// Reads a key in PEM.
    ///
    /// # Errors
    /// What is wrong, as a fragment about the key.
    pub fn parse(pem: &str) -> Result<Self, String> {
        let inside = pem.trim().strip_prefix(PEM);
        let inside = inside.and_then(|rest| rest.split_once(END));
        let Some((text, rest)) = inside else {
            return Err("is no public key in PEM".to_owned());
        };
        if !rest.trim().is_empty() {
            return Err("is more than one public key".to_owned());
        }
        let text: String = text.split_whitespace().collect();
        let der = aws_smithy_types::base64::decode(text)
            .map_err(|_| "is no public key in PEM".to_owned())?;
        let point = der.strip_prefix(&P256);
        match point {
            Some([4, ..]) if der.len() == P256.len() + POINT => Ok(Self { der }),
            _ => {
                Err("is no key of ECDSA over P-256, as `cosign generate-key-pair` makes".to_owned())
            }
        }
    }

    /// Whether this key signed the message: ECDSA over SHA-256, the signature in DER.
    #[must_use]
    pub fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let point = &self.der[P256.len()..];
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point)
            .verify(message, signature)
            .is_ok()
    }

    /// `sha256:…` of the key, as `openssl pkey -pubin -outform DER | sha256sum` tells it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        format!("sha256:{:x}", Sha256::digest(&self.der))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.fingerprint())
    }
}

impl PartialOrd for PublicKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PublicKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.der.cmp(&other.der)
    }
}
