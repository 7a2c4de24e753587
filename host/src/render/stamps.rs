//! Stamps: tags that say what a revision was made from, in the alphabet that AWS allows.

use sha2::{Digest, Sha256};

use crate::task_definition::strip::STAMP_PREFIX;

/// What a revision was made from. All `None` is no stamps at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stamps {
    /// The template's exact revision; `None` where it has none (a file, standard input).
    pub template_ref: Option<String>,
    /// Content digest of the template.
    pub template_digest: Option<String>,
    /// Digest of the lock file.
    pub lock_digest: Option<String>,
    /// The inputs of the run.
    pub inputs: Option<String>,
    /// Where the sources are, a commit for one.
    pub source: Option<String>,
    /// Version of acetate.
    pub version: Option<String>,
}

/// Longest value of a tag.
const LONGEST: usize = 256;
/// Begins a value that is the digest of what was too long. No encoded text begins so: `=` is
/// followed by two hexadecimal digits there.
const DIGEST_MARK: &str = "=sha256:";

impl Stamps {
    /// The tags, encoded, in their fixed order, with the digest of what is rendered among them.
    pub(super) fn tags(&self, render_digest: &str) -> Vec<(String, String)> {
        if *self == Self::default() {
            return Vec::new();
        }
        let render_digest = Some(render_digest.to_owned());
        let stamps = [
            ("template-ref", &self.template_ref),
            ("template-digest", &self.template_digest),
            ("render-digest", &render_digest),
            ("lock-digest", &self.lock_digest),
            ("inputs", &self.inputs),
            ("source", &self.source),
            ("version", &self.version),
        ];
        let tag = |(name, value): (&str, &Option<String>)| {
            let value = encode(value.as_deref()?);
            Some((format!("{STAMP_PREFIX}{name}"), value))
        };
        stamps.into_iter().filter_map(tag).collect()
    }
}

/// A text in AWS's alphabet: bytes outside of it as `=` and two hexadecimal digits, and a text
/// that gets too long as its digest.
pub(super) fn encode(text: &str) -> String {
    let last = text.len().saturating_sub(1);
    let reserved = text
        .get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("aws:"));
    let plain = |at: usize, byte: u8| match byte {
        b' ' => at > 0 && at < last,
        _ if at == 0 && reserved => false,
        _ => byte.is_ascii_alphanumeric() || b"_.:/+-@".contains(&byte),
    };
    let encoded: String = text
        .bytes()
        .enumerate()
        .map(|(at, byte)| match plain(at, byte) {
            true => char::from(byte).to_string(),
            false => format!("={byte:02X}"),
        })
        .collect();
    if encoded.len() <= LONGEST {
        return encoded;
    }
    let digest = Sha256::digest(text.as_bytes());
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{DIGEST_MARK}{digest}")
}

/// The text that was encoded. A digest, and what was never encoded, stays as it is.
pub(super) fn decode(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after
            .get(..2)
            .filter(|_| *first == b'=')
            .and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_values_stay_readable() {
        let arn = "arn:aws:ecs:eu-west-1:1:task-definition/web-template:41";
        for (text, encoded) in [
            (arn, arn),
            ("", ""),
            ("a b", "a b"),
            (" a ", "=20a=20"),
            ("image=app:1", "image=3Dapp:1"),
            ("é;", "=C3=A9=3B"),
            ("AWS:x", "=41WS:x"),
        ] {
            assert_eq!(encode(text), encoded);
            assert_eq!(decode(encoded), text);
        }
        let long = encode(&"x".repeat(257));
        assert!(long.starts_with(DIGEST_MARK) && long.len() < LONGEST);
        assert_eq!(decode(&long), long);
    }

    proptest! {
        #[test]
        fn every_text_fits_and_comes_back(text in any::<String>()) {
            let encoded = encode(&text);
            prop_assert!(encoded.len() <= LONGEST);
            prop_assert!(encoded.chars().all(|c| c.is_ascii_alphanumeric() || "_.:/=+-@ ".contains(c)));
            prop_assert!(encoded.starts_with(DIGEST_MARK) || decode(&encoded) == text);
        }
    }
}
