//! Credentials of registries, as docker keeps them in its `config.json`.

use std::fmt;
use std::io::Read;
use std::path::PathBuf;

use serde_json::Value;

/// A user name and a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// User name.
    pub username: String,
    /// Password, or a token in its place.
    pub password: String,
}

/// Says whose they are and not what they are.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

impl Credentials {
    /// The value of the header `Authorization`.
    #[must_use]
    pub fn basic(&self) -> String {
        let pair = format!("{}:{}", self.username, self.password);
        format!("Basic {}", aws_smithy_types::base64::encode(pair))
    }
}

/// Bytes of docker's file at most.
const LARGEST: u64 = 1 << 20;

/// What docker's configuration keeps for a registry: `auths` only, since its helpers are programs
/// that would have to be run.
#[must_use]
pub fn of_docker(registry: &str) -> Option<Credentials> {
    of(&configuration()?, registry)
}

/// Docker's configuration.
pub(super) fn configuration() -> Option<Value> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let folder = variable("DOCKER_CONFIG")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(variable("HOME")?).join(".docker")))?;
    let file = std::fs::File::open(folder.join("config.json")).ok()?;
    let mut text = String::new();
    file.take(LARGEST).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

/// What a configuration itself keeps for a registry.
pub(super) fn of(config: &Value, registry: &str) -> Option<Credentials> {
    let auths = config.get("auths")?.as_object()?;
    let entry = auths
        .iter()
        .find(|(name, _)| host_of(name) == registry)
        .map(|(_, entry)| entry)?;
    let text = |name: &str| entry.get(name)?.as_str().filter(|text| !text.is_empty());
    if let (Some(username), Some(password)) = (text("username"), text("password")) {
        return Some(Credentials {
            username: username.to_owned(),
            password: password.to_owned(),
        });
    }
    let pair = aws_smithy_types::base64::decode(text("auth")?).ok()?;
    let pair = String::from_utf8(pair).ok()?;
    let (username, password) = pair.split_once(':')?;
    Some(Credentials {
        username: username.to_owned(),
        // Docker has been seen to fill up with zeros.
        password: password.trim_end_matches('\0').to_owned(),
    })
}

/// The registry that an entry is for: docker writes a host, or a URL for its own.
pub(super) fn host_of(name: &str) -> String {
    let rest = name
        .strip_prefix("https://")
        .or_else(|| name.strip_prefix("http://"))
        .unwrap_or(name);
    let host = rest
        .split('/')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    match host.as_str() {
        "index.docker.io" | "registry-1.docker.io" => "docker.io".to_owned(),
        host => host.strip_suffix(":443").unwrap_or(host).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = r#"{
      "auths": {
        "https://index.docker.io/v1/": { "auth": "dXNlcjpwYXNzOndvcmQ=" },
        "ghcr.io": { "username": "me", "password": "mine" },
        "empty.io": {},
        "broken.io": { "auth": "!" }
      },
      "credsStore": "desktop"
    }"#;

    fn kept(config: &str, registry: &str) -> Option<Credentials> {
        of(&serde_json::from_str(config).ok()?, registry)
    }

    #[test]
    fn credentials_go_by_the_registrys_host() {
        let of = |registry: &str| kept(CONFIG, registry).map(|c| (c.username, c.password));
        let pair = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        assert_eq!(of("docker.io"), pair("user", "pass:word"));
        assert_eq!(of("ghcr.io"), pair("me", "mine"));
        for none in [
            "empty.io",
            "broken.io",
            "ghcr.io:5000",
            "hcr.io",
            "evil.com",
            "",
        ] {
            assert_eq!(of(none), None, "{none}");
        }
        assert_eq!(kept("not JSON", "ghcr.io"), None);
    }

    #[test]
    fn a_password_is_not_shown() {
        let shown = format!("{:?}", kept(CONFIG, "ghcr.io").unwrap());
        assert!(shown.contains("me") && !shown.contains("mine"), "{shown}");
    }
}
