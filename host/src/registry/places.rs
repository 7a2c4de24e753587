//! Where registries are asked: elsewhere than by their name, as this machine's own file says.

use super::{Reference, Url};

/// References that are asked elsewhere, or in another way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// What references begin with, such as `ghcr.io/acme/`.
    pub prefix: String,
    /// The registry that is asked, `HOST[:PORT]`.
    pub registry: String,
    /// What its repositories begin with in the place of the rest of `prefix`; empty or `PATH/`.
    pub path: String,
    /// It speaks no TLS: it is on this machine.
    pub plain: bool,
    /// It may have an address of a private network.
    pub private: bool,
    /// Certificate authorities that are trusted for it, as PEM; the system's where this is none.
    pub authorities: Option<Vec<u8>>,
}

/// All of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places(pub Vec<Place>);

impl Place {
    /// Reads where references with this prefix are asked: `https://HOST[:PORT]/[PATH/]`, or
    /// `http://127.0.0.1:PORT/[PATH/]`.
    ///
    /// # Errors
    /// What is wrong, as a fragment.
    pub fn parse(prefix: &str, at: &str) -> Result<Self, String> {
        let some: Result<Reference, String> = format!("{prefix}x").parse();
        let name = some.map(|some| format!("{}/{}", some.registry, some.repository));
        // What no reference begins with would be asked elsewhere than it is meant to be.
        if !prefix.ends_with('/') || !name.is_ok_and(|name| name.starts_with(prefix)) {
            return Err(format!(
                "expected `REGISTRY/` or `REGISTRY/PATH/`, as references have it in full, found `{prefix}`"
            ));
        }
        let wrong = || {
            format!(
                "expected `https://HOST/PATH/`, or `http://127.0.0.1:PORT/PATH/` on this machine, found `{at}`"
            )
        };
        let (plain, rest) = match (at.strip_prefix("https://"), at.strip_prefix("http://")) {
            (Some(rest), _) => (false, rest),
            (_, Some(rest)) => (true, rest),
            (None, None) => return Err(wrong()),
        };
        let (registry, path) = rest.split_once('/').ok_or_else(wrong)?;
        let place = Self {
            prefix: prefix.to_owned(),
            registry: registry.trim_end_matches(":443").to_ascii_lowercase(),
            path: path.to_owned(),
            plain,
            private: false,
            authorities: None,
        };
        // What it makes of a reference must be one that can be asked.
        let (whole, url) = (
            format!("{}/{path}x", place.registry),
            match plain {
                true => Url::of_this_machine(&place.registry, "/v2/"),
                false => Url::of_registry(&place.registry, "/v2/"),
            },
        );
        let is_whole = path.is_empty() || path.ends_with('/');
        match (whole.parse::<Reference>(), url) {
            (Ok(_), Ok(_)) if is_whole => Ok(place),
            (_, Err(why)) => Err(format!("`{at}` is no place to ask: {why}")),
            _ => Err(wrong()),
        }
    }
}

impl Places {
    /// No registry is asked elsewhere.
    pub const NONE: Self = Self(Vec::new());

    /// The reference as it is asked for: by the place with the longest prefix.
    #[must_use]
    pub fn of(&self, image: &Reference) -> Reference {
        let name = format!("{}/{}", image.registry, image.repository);
        let fits = self
            .0
            .iter()
            .filter(|place| name.starts_with(&place.prefix));
        let Some(place) = fits.max_by_key(|place| place.prefix.len()) else {
            return image.clone();
        };
        Reference {
            registry: place.registry.clone(),
            repository: format!("{}{}", place.path, &name[place.prefix.len()..]),
            ..image.clone()
        }
    }

    /// Whether a registry, `HOST:PORT`, is one that speaks no TLS.
    #[must_use]
    pub fn is_plain(&self, registry: &str) -> bool {
        let mut plain = self.0.iter().filter(|place| place.plain);
        plain.any(|place| with_port(&place.registry, 80) == with_port(registry, 80))
    }

    /// Whether what answers here may lead there: into a private network only from one.
    #[must_use]
    pub fn may_lead(&self, from: &Url, to: &Url) -> bool {
        let is_private = |url: &Url| {
            let port = if url.plain { 80 } else { 443 };
            let is_it = |place: &&Place| {
                place.plain == url.plain && with_port(&place.registry, port) == url.authority()
            };
            let mut said = self.0.iter().filter(is_it);
            said.any(|place| place.private)
        };
        !is_private(to) || is_private(from)
    }

    /// What is said of a host that speaks TLS, by `HOST:PORT`.
    #[must_use]
    pub fn at(&self, authority: &str) -> Option<&Place> {
        let mut places = self.0.iter().filter(|place| !place.plain);
        places.find(|place| with_port(&place.registry, 443) == authority)
    }
}

fn with_port(name: &str, port: u16) -> String {
    match name.contains(':') {
        true => name.to_owned(),
        false => format!("{name}:{port}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_says_where() {
        let places = Places(vec![
            Place::parse("ghcr.io/", "https://mirror.example.com/ghcr/").unwrap(),
            Place::parse("ghcr.io/acme/", "http://127.0.0.1:5000/").unwrap(),
        ]);
        for (asked, at) in [
            ("ghcr.io/acme/otel:1.2.0", "127.0.0.1:5000/otel:1.2.0"),
            (
                "ghcr.io/acmeevil/otel:1",
                "mirror.example.com/ghcr/acmeevil/otel:1",
            ),
            ("quay.io/acme/otel:1", "quay.io/acme/otel:1"),
        ] {
            assert_eq!(places.of(&asked.parse().unwrap()).to_string(), at);
        }
        assert!(places.is_plain("127.0.0.1:5000"));
        for other in [
            "127.0.0.1:5001",
            "mirror.example.com",
            "ghcr.io",
            "127.0.0.1",
        ] {
            assert!(!places.is_plain(other), "{other}");
        }
    }

    #[test]
    fn places_that_must_not_be_asked_are_refused() {
        for (prefix, at) in [
            ("ghcr.io", "https://a.io/"),
            ("", "https://a.io/"),
            ("/", "https://a.io/"),
            ("ghcr.io/", "a.io/"),
            ("ghcr.io/", "https://a.io"),
            ("ghcr.io/", "https://a.io/x"),
            ("ghcr.io/", "http://a.io/"),
            ("ghcr.io/", "http://10.0.0.1:5000/"),
            ("ghcr.io/", "https://10.0.0.1/"),
            ("ghcr.io/", "https://user@a.io/"),
            ("ghcr.io/", "https://a.io/../"),
            ("ghcr.io/", "ftp://a.io/"),
            // No reference begins so: the registry itself would be asked.
            ("GHCR.io/acme/", "https://a.io/"),
            ("ghcr.io:443/", "https://a.io/"),
            ("index.docker.io/", "https://a.io/"),
            ("acme/", "https://a.io/"),
            ("ghcr.io//", "https://a.io/"),
        ] {
            assert!(Place::parse(prefix, at).is_err(), "{prefix} {at}");
        }
    }
}
