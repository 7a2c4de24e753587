//! Addresses of the web, as far as registries may name them: `https://HOST[:PORT]/PATH[?QUERY]`
//! and nothing else. What is checked here is what is asked: the text is put together again from
//! its checked parts.

use std::fmt;

/// Where a request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    /// Name of the host, in small letters; never an IP address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Path and query, beginning with `/`.
    pub path: String,
    /// Without TLS: only to this machine itself.
    pub plain: bool,
}

impl Url {
    /// A path of a registry, `HOST` or `HOST:PORT`.
    ///
    /// # Errors
    /// Why it must not be asked.
    pub fn of_registry(registry: &str, path: &str) -> Result<Self, String> {
        Self::parse(&format!("https://{registry}{path}"))
    }

    /// A path of a registry that is on this machine and speaks no TLS: `127.0.0.1:PORT`, which no
    /// name can lead away from.
    ///
    /// # Errors
    /// Why it must not be asked.
    pub fn of_this_machine(registry: &str, path: &str) -> Result<Self, String> {
        let (host, port) = registry.rsplit_once(':').unwrap_or((registry, "80"));
        if host != "127.0.0.1" {
            return Err("without TLS only this machine itself is asked".to_owned());
        }
        let port = Self::port(port)?;
        // The rest is checked as any path is.
        let path = Self::parse(&format!("https://this.machine{path}"))?.path;
        Ok(Self {
            host: host.to_owned(),
            port,
            path,
            plain: true,
        })
    }

    /// `HOST:PORT`.
    #[must_use]
    pub fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// An absolute URL, from a header.
    ///
    /// # Errors
    /// Why it must not be asked.
    pub fn parse(text: &str) -> Result<Self, String> {
        let rest = match text.get(..8) {
            Some(scheme) if scheme.eq_ignore_ascii_case("https://") => &text[8..],
            _ => return Err("it is asked by HTTPS only".to_owned()),
        };
        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, Self::port(port)?),
            None => (authority, 443),
        };
        let host = host.to_ascii_lowercase();
        check_host(&host)?;
        let path = match path {
            "" => "/".to_owned(),
            path if path.starts_with('/') => path.to_owned(),
            _ => return Err("it is named by a URL without a path".to_owned()),
        };
        if !path
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'#' && byte != b'\\')
        {
            return Err("it is named by a URL with odd characters".to_owned());
        }
        Ok(Self {
            host,
            port,
            path,
            plain: false,
        })
    }

    /// Where a redirect leads from here.
    ///
    /// # Errors
    /// Why it must not be followed.
    pub fn redirected(&self, location: &str) -> Result<Self, String> {
        let own = location.starts_with('/') && !location.starts_with("//");
        if self.plain {
            let inside = location.strip_prefix(&format!("http://{}", self.authority()));
            return match inside
                .filter(|path| path.starts_with('/'))
                .or(own.then_some(location))
            {
                Some(path) => Self::of_this_machine(&self.authority(), path),
                None => Self::parse(location).map_err(|why| format!("it redirects, and {why}")),
            };
        }
        if own {
            return Self::of_registry(&self.authority(), location);
        }
        Self::parse(location).map_err(|why| format!("it redirects, and {why}"))
    }

    /// The URL with one parameter more in its query.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        let separator = if self.path.contains('?') { '&' } else { '?' };
        self.path.push(separator);
        self.path.push_str(name);
        self.path.push('=');
        for byte in value.bytes() {
            match byte {
                b if b.is_ascii_alphanumeric() || b"-._~/:,".contains(&b) => {
                    self.path.push(char::from(b))
                }
                b => self.path.push_str(&format!("%{b:02X}")),
            }
        }
        self
    }

    fn port(text: &str) -> Result<u16, String> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let port = if digits { text.parse().ok() } else { None };
        port.filter(|port| *port != 0)
            .ok_or_else(|| "it is named with a port that is none".to_owned())
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            _ if self.plain => write!(f, "http://{}{}", self.authority(), self.path),
            443 => write!(f, "https://{}{}", self.host, self.path),
            port => write!(f, "https://{}:{port}{}", self.host, self.path),
        }
    }
}

/// Refuses what is no name of the public DNS. A name whose last part is a number is an IP address
/// to many programs, however oddly it is written.
fn check_host(host: &str) -> Result<(), String> {
    let labels: Vec<&str> = host.split('.').collect();
    let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
    let is_label =
        |label: &&str| !label.is_empty() && label.len() <= 63 && label.bytes().all(letter);
    let last = labels.last().copied().unwrap_or_default();
    if last.starts_with(|c: char| c.is_ascii_digit()) || host.starts_with('[') {
        return Err("it is named by an IP address".to_owned());
    }
    if host.len() > 253 || labels.len() < 2 || !labels.iter().all(is_label) {
        return Err("its name is none of the public DNS".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_may_be_asked_is_written_one_way() {
        for (text, shown) in [
            ("https://ghcr.io/v2/", "https://ghcr.io/v2/"),
            ("HTTPS://GHCR.io:443/v2/?a=b", "https://ghcr.io/v2/?a=b"),
            ("https://r.example.com:5000", "https://r.example.com:5000/"),
        ] {
            assert_eq!(Url::parse(text).unwrap().to_string(), shown);
        }
    }

    #[test]
    fn what_must_not_be_asked_is_refused() {
        for text in [
            "http://ghcr.io/",
            "https:/ghcr.io/",
            "//ghcr.io/",
            "file:///etc/passwd",
            "",
            "https://",
            "https:///v2/",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://127.0.0.1./",
            "https://[::1]/",
            "https://[::ffff:169.254.169.254]/",
            "https://[::1%25lo]/",
            "https://a.0x7f/",
            "https://localhost/",
            "https://registry/",
            "https://ghcr.io./",
            "https://.ghcr.io/",
            "https://ghcr..io/",
            "https://user@ghcr.io/",
            "https://user:password@ghcr.io/",
            "https://ghcr.io@127.0.0.1/",
            "https://ghcr.io\\@evil.com/",
            "https://ghcr.io#@evil.com/",
            "https://ghcr.io:0/",
            "https://ghcr.io:99999/",
            "https://ghcr.io:/",
            "https://ghcr.io:+443/",
            "https://ghcr.io?x=y",
            "https://gh%63r.io/",
            "https://ghcr.\u{ff49}o/",
            "https://\u{2460}.io/",
            "https://ghcr.io/a b",
            "https://ghcr.io/a\r\nHost: evil",
            "https://ghcr.io/a#b",
        ] {
            assert!(Url::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn redirects_lead_from_where_they_are() {
        let from = Url::parse("https://r.example.com:5000/v2/a").unwrap();
        let to = |location: &str| from.redirected(location).map(|url| url.to_string());
        assert_eq!(to("/b?c").unwrap(), "https://r.example.com:5000/b?c");
        assert_eq!(to("https://ghcr.io/b").unwrap(), "https://ghcr.io/b");
        for bad in [
            "http://r.example.com:5000/b",
            "//evil.com/b",
            "b",
            "",
            "https://127.0.0.1/",
        ] {
            assert!(to(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn parameters_stay_values() {
        let url = Url::parse("https://auth.io/token?a=b").unwrap();
        let url = url
            .with("scope", "repository:a/b:pull")
            .with("x", "1&y=2 \u{e4}");
        assert_eq!(
            url.to_string(),
            "https://auth.io/token?a=b&scope=repository:a/b:pull&x=1%26y%3D2%20%C3%A4"
        );
    }

    #[test]
    fn without_tls_only_this_machine_is_asked() {
        let url = Url::of_this_machine("127.0.0.1:5000", "/v2/a").unwrap();
        assert_eq!(url.to_string(), "http://127.0.0.1:5000/v2/a");
        let to = |location: &str| url.redirected(location).map(|url| url.to_string());
        assert_eq!(to("/b").unwrap(), "http://127.0.0.1:5000/b");
        assert_eq!(
            to("http://127.0.0.1:5000/b").unwrap(),
            "http://127.0.0.1:5000/b"
        );
        assert_eq!(to("https://ghcr.io/b").unwrap(), "https://ghcr.io/b");
        for bad in [
            "http://127.0.0.1:5001/b",
            "http://127.0.0.1:50001/b",
            "http://127.0.0.1:5000@evil.com/",
            "http://169.254.169.254/",
            "http://ghcr.io/",
            "//evil.com/b",
        ] {
            assert!(to(bad).is_err(), "{bad}");
        }
        for bad in [
            "ghcr.io",
            "10.0.0.1:5000",
            "127.0.0.1:x",
            "127.0.0.1:5000@evil.com",
            "127.1:5000",
            "localhost:5000",
        ] {
            assert!(Url::of_this_machine(bad, "/v2/").is_err(), "{bad}");
        }
    }

    proptest! {
        /// What was parsed parses to itself, and names no address.
        #[test]
        fn a_url_means_one_thing(text in "https://[a-z0-9.:@\\[\\]/?#%x-]{0,24}") {
            if let Ok(url) = Url::parse(&text) {
                prop_assert_eq!(Url::parse(&url.to_string()), Ok(url.clone()));
                prop_assert!(url.host.parse::<std::net::IpAddr>().is_err());
            }
        }
    }
}
