//! What a registry asks for before it answers: the header `WWW-Authenticate`, by
//! [RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#name-www-authenticate).

/// A challenge that can be met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Challenge {
    /// A token of this service.
    Bearer {
        /// URL of the service that gives it.
        realm: String,
        /// Whom it is for, in the service's words.
        service: Option<String>,
    },
    /// User name and password.
    Basic,
}

/// The first challenge of these headers that can be met.
#[must_use]
pub fn read<'a>(headers: impl IntoIterator<Item = &'a str>) -> Option<Challenge> {
    headers.into_iter().find_map(|header| {
        let (scheme, rest) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
        if scheme.eq_ignore_ascii_case("basic") {
            return Some(Challenge::Basic);
        }
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let parameters = parameters(rest);
        let value = |name: &str| {
            let found = parameters
                .iter()
                .find(|(n, _)| n.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.clone())
        };
        Some(Challenge::Bearer {
            realm: value("realm")?,
            service: value("service"),
        })
    })
}

/// `name=value` and `name="value"`, between commas. What cannot be read ends them.
fn parameters(text: &str) -> Vec<(String, String)> {
    let (mut found, mut rest) = (Vec::new(), text.trim_start());
    while let Some((name, value)) = rest.split_once('=') {
        let Some((value, after)) = value_of(value.trim_start()) else {
            break;
        };
        found.push((name.trim().to_owned(), value));
        match after.trim_start().strip_prefix(',') {
            Some(next) => rest = next.trim_start(),
            None => break,
        }
    }
    found
}

/// A value, and what follows it.
fn value_of(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(',').unwrap_or(text.len());
        return Some((text[..end].trim().to_owned(), &text[end..]));
    };
    let (mut value, mut escaped) = (String::new(), false);
    for (at, letter) in quoted.char_indices() {
        match letter {
            _ if escaped => {
                value.push(letter);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => return Some((value, &quoted[at + 1..])),
            letter => value.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bearer(realm: &str, service: Option<&str>) -> Option<Challenge> {
        Some(Challenge::Bearer {
            realm: realm.to_owned(),
            service: service.map(str::to_owned),
        })
    }

    #[test]
    fn challenges_as_registries_write_them() {
        for (headers, expected) in [
            (
                &[
                    r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push""#,
                ][..],
                bearer("https://auth.docker.io/token", Some("registry.docker.io")),
            ),
            (
                &[r#"bearer service=x , realm = "https://a.b/t" "#],
                bearer("https://a.b/t", Some("x")),
            ),
            (&[r#"Bearer realm="a\"b\\c""#], bearer(r#"a"b\c"#, None)),
            (&[r#"Basic realm="x""#], Some(Challenge::Basic)),
            (&["Negotiate", "Basic"], Some(Challenge::Basic)),
            (&[r#"Bearer service="x""#], None),
            (&[r#"Bearer realm="unclosed"#], None),
            (&["Negotiate abc"], None),
            (&[""], None),
            (&[], None),
        ] {
            assert_eq!(read(headers.iter().copied()), expected, "{headers:?}");
        }
    }

    proptest! {
        #[test]
        fn any_header_is_read_without_a_crash(header in "\\PC{0,60}", rest in "[a-z=\", \\\\]{0,40}") {
            let _ = read([header.as_str(), &format!("Bearer {rest}")]);
        }
    }
}
