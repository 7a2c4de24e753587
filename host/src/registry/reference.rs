//! References of images: `[REGISTRY/]REPOSITORY[:TAG][@DIGEST]`, as docker writes them, in their
//! one full form.

use std::fmt;
use std::str::FromStr;

use crate::lock::is_digest;

/// What an image is called. Shown in full: `docker.io/library/nginx:latest`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Host of the registry in small letters, with its port where that is not 443.
    pub registry: String,
    /// Path of the repository.
    pub repository: String,
    /// Tag; `latest` where neither a tag nor a digest is named.
    pub tag: Option<String>,
    /// `sha256:…`; goes before the tag.
    pub digest: Option<String>,
}

const HUB: &str = "docker.io";

impl Reference {
    /// What of the repository is asked for: the digest, or else the tag.
    #[must_use]
    pub fn version(&self) -> &str {
        let version = self.digest.as_deref().or(self.tag.as_deref());
        version.unwrap_or("latest")
    }

    /// The host that answers for the registry.
    #[must_use]
    pub fn api_host(&self) -> &str {
        match self.registry.as_str() {
            HUB => "registry-1.docker.io",
            host => host,
        }
    }
}

impl FromStr for Reference {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| format!("`{text}` is no reference of an image: {why}");
        if text.len() > 512 {
            return Err("a reference of an image has at most 512 characters".to_owned());
        }
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) if is_digest(digest) => (name, Some(digest.to_owned())),
            Some(_) => return Err(wrong("the digest is none of SHA-256")),
            None => (text, None),
        };
        let (path, tag) = match name.rsplit_once(':') {
            Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
            _ => (name, None),
        };
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return Err(wrong("the tag is none"));
        }
        let (registry, repository) = apart(path).ok_or_else(|| wrong("the registry is no host"))?;
        if !repository.split('/').all(is_component) {
            return Err(wrong(
                "a repository has small letters, digits, `.`, `_` and `-`",
            ));
        }
        let tag = match (tag, &digest) {
            (None, None) => Some("latest"),
            (tag, _) => tag,
        };
        Ok(Self {
            registry,
            repository,
            tag: tag.map(str::to_owned),
            digest,
        })
    }
}

/// Registry and repository. A first part without a dot, a port or the name `localhost` is no
/// registry; then it is Docker's.
fn apart(path: &str) -> Option<(String, String)> {
    let first = path
        .split_once('/')
        .filter(|(first, _)| first.contains(['.', ':']) || first.eq_ignore_ascii_case("localhost"));
    let Some((host, repository)) = first else {
        return Some((HUB.to_owned(), official(path)));
    };
    let host = one_name(&host.to_ascii_lowercase())?;
    let repository = match host == HUB {
        true => official(repository),
        false => repository.to_owned(),
    };
    Some((host, repository))
}

/// The one name of a registry, `HOST[:PORT]`. With a second one it would be another to rules of
/// trust and the same to whoever is asked.
fn one_name(text: &str) -> Option<String> {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let letter = |b: u8| b.is_ascii_alphanumeric() || b"-_".contains(&b);
    let is_label = |label: &str| !label.is_empty() && label.bytes().all(letter);
    let is_host = match host.strip_prefix('[') {
        Some(address) => address.bytes().all(|b| letter(b) || b".:]".contains(&b)),
        None => host.split('.').all(is_label),
    };
    let is_port = |port: &str| {
        port.starts_with(|c: char| ('1'..='9').contains(&c)) && port.parse::<u16>().is_ok()
    };
    if !is_host || !port.is_none_or(is_port) {
        return None;
    }
    Some(match (host, port) {
        (HUB | "index.docker.io" | "registry-1.docker.io", None | Some("443")) => HUB.to_owned(),
        (host, None | Some("443")) => host.to_owned(),
        (host, Some(port)) => format!("{host}:{port}"),
    })
}

fn official(repository: &str) -> String {
    match repository.contains('/') {
        true => repository.to_owned(),
        false => format!("library/{repository}"),
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        match &self.digest {
            Some(digest) => write!(f, "@{digest}"),
            None => Ok(()),
        }
    }
}

fn is_tag(tag: &str) -> bool {
    let letter = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
    (1..=128).contains(&tag.len()) && tag.bytes().all(letter) && !tag.starts_with(['.', '-'])
}

/// A part of a repository's path: words of small letters and digits between single `.`, `_`,
/// `__` or any number of `-`.
fn is_component(part: &str) -> bool {
    let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let ends = part.bytes().next().is_some_and(word) && part.bytes().next_back().is_some_and(word);
    ends && part.bytes().all(|b| word(b) || b"._-".contains(&b)) && !part.contains("..")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SHA: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn each_reference_has_one_full_form() {
        for (text, full) in [
            ("nginx", "docker.io/library/nginx:latest".to_owned()),
            ("nginx:1.29", "docker.io/library/nginx:1.29".to_owned()),
            ("acme/app:1", "docker.io/acme/app:1".to_owned()),
            (
                "docker.io/nginx",
                "docker.io/library/nginx:latest".to_owned(),
            ),
            (
                "index.docker.io/acme/app",
                "docker.io/acme/app:latest".to_owned(),
            ),
            ("GHCR.io/acme/app:V1", "ghcr.io/acme/app:V1".to_owned()),
            ("ghcr.io:443/acme/app", "ghcr.io/acme/app:latest".to_owned()),
            ("r.io:5000/app", "r.io:5000/app:latest".to_owned()),
            (
                "registry-1.docker.io/acme/app",
                "docker.io/acme/app:latest".to_owned(),
            ),
            (
                "INDEX.docker.io:443/nginx",
                "docker.io/library/nginx:latest".to_owned(),
            ),
            (
                "docker.io:443/nginx",
                "docker.io/library/nginx:latest".to_owned(),
            ),
            ("localhost/app", "localhost/app:latest".to_owned()),
            (&format!("ghcr.io/a/b@{SHA}"), format!("ghcr.io/a/b@{SHA}")),
            (
                &format!("ghcr.io/a/b:1@{SHA}"),
                format!("ghcr.io/a/b:1@{SHA}"),
            ),
        ] {
            let parsed: Reference = text.parse().unwrap();
            assert_eq!(parsed.to_string(), full);
            assert_eq!(full.parse::<Reference>().unwrap(), parsed);
        }
        assert_eq!(
            format!("a.io/b:1@{SHA}")
                .parse::<Reference>()
                .unwrap()
                .version(),
            SHA
        );
    }

    #[test]
    fn what_is_no_reference_is_refused() {
        for text in [
            "",
            ":",
            "@",
            "ghcr.io/",
            "ghcr.io/App",
            "ghcr.io/a/../b",
            "ghcr.io/a//b",
            "ghcr.io/a/b:",
            "ghcr.io/a/b:.x",
            "ghcr.io/a/b?x=y",
            "ghcr.io/a/b#c",
            "ghcr.io/a/%2e%2e",
            "ghcr.io/a/b@sha256:00",
            "ghcr.io/a/b@sha512:00",
            "user@ghcr.io/a/b",
            "ghcr.io\\x/a",
            "https://ghcr.io/a/b",
            "ghcr.io/a b",
            "ghcr.io/*",
            "-a/b",
            // Another name of a registry would be one that other rules of trust are for.
            "ghcr.io:0443/a/b",
            "ghcr.io:00443/a/b",
            "r.io:05000/a/b",
            "ghcr.io:/a/b",
            "ghcr.io:0/a/b",
            "ghcr.io:x/a/b",
            "ghcr.io:65979/a/b",
            "ghcr.io:1:443/a/b",
            "ghcr.io./a/b",
            ".ghcr.io/a/b",
            "ghcr..io/a/b",
            &"a".repeat(600),
        ] {
            assert!(text.parse::<Reference>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_full_form_means_the_same(text in "((docker\\.io|index\\.docker\\.io|a\\.io)(:0?443|:[0-9]{1,5})?/)?[a-z0-9.:/@_*-]{0,30}") {
            if let Ok(parsed) = text.parse::<Reference>() {
                prop_assert_eq!(parsed.to_string().parse::<Reference>(), Ok(parsed));
            }
        }
    }
}
