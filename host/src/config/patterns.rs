//! The patterns of a grant: what may stand in `parameters`, `images` and the others. `*` stands
//! for any text, and a pattern that could never match is a mistake.

/// What the names are of that a pattern is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// SSM parameters.
    Parameters,
    /// Secrets of Secrets Manager.
    Secrets,
    /// Registry and repository of images.
    Images,
    /// Files of the project.
    Files,
}

impl Of {
    /// The form in words, for "expected …".
    pub const fn expected(self) -> &'static str {
        match self {
            Self::Parameters => "a pattern of parameter names, such as `/web/*`",
            Self::Secrets => "a pattern of secret names, such as `web/*`",
            Self::Images => "a pattern of registry and repository, such as `ghcr.io/acme/*`",
            Self::Files => "a pattern of paths in the project, such as `config/*`",
        }
    }

    /// The form as a regular expression (ECMA 262).
    pub const fn pattern(self) -> &'static str {
        match self {
            Self::Parameters => "^(arn:.+|[A-Za-z0-9/_.*-]+)$",
            Self::Secrets => "^(arn:.+|[A-Za-z0-9/_+=.@*-]+)$",
            Self::Images => "^[A-Za-z0-9.*_:-]+/[a-z0-9._/*-]+$",
            Self::Files => "^[^/]",
        }
    }

    /// Checks a pattern that has no variables.
    ///
    /// # Errors
    /// What is wrong, as a fragment, and the way out.
    pub fn check(self, text: &str) -> Result<(), (String, Option<String>)> {
        let letters = |more: &str| {
            let is_letter =
                |c: char| c.is_ascii_alphanumeric() || "/_.-*".contains(c) || more.contains(c);
            text.starts_with("arn:") || text.chars().all(is_letter)
        };
        let hint = match self {
            Self::Parameters if letters("") => return Ok(()),
            Self::Secrets if letters("+=@") => return Ok(()),
            Self::Parameters | Self::Secrets => name_alone(text),
            Self::Images => match image(text) {
                Ok(()) => return Ok(()),
                Err(hint) => Some(hint),
            },
            Self::Files => match path(text) {
                Ok(()) => return Ok(()),
                Err(hint) => Some(hint),
            },
        };
        Err((
            format!("expected {}, found `{text}`", self.expected()),
            hint,
        ))
    }
}

fn name_alone(text: &str) -> Option<String> {
    let name = ["ssm:", "secretsmanager:"]
        .iter()
        .find_map(|prefix| text.strip_prefix(prefix))?;
    Some(format!("write the name alone: `{name}`"))
}

fn image(text: &str) -> Result<(), String> {
    let Some((registry, repository)) = text.split_once('/') else {
        return Err(match text {
            "*" => "`*/*` are all repositories of all registries".to_owned(),
            _ => format!("Docker's own are `docker.io/library/{text}`"),
        });
    };
    let host = |c: char| c.is_ascii_alphanumeric() || ".-_*:".contains(c);
    let part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-/*".contains(c);
    if repository.contains([':', '@']) {
        return Err("a grant is for all tags of a repository: leave the tag out".to_owned());
    }
    if !registry.contains(['.', '*', ':']) && registry != "localhost" {
        return Err(format!("name the registry; Docker's is `docker.io/{text}`"));
    }
    let whole = !repository.split('/').any(str::is_empty);
    let port = registry.split_once(':').is_none_or(|(_, port)| {
        !port.is_empty() && port.chars().all(|c| c.is_ascii_digit() || c == '*')
    });
    match registry.chars().all(host) && port && whole && repository.chars().all(part) {
        true => Ok(()),
        false => {
            Err("write it as `REGISTRY/REPOSITORY`, the repository in small letters".to_owned())
        }
    }
}

fn path(text: &str) -> Result<(), String> {
    let odd = |part: &str| part.is_empty() || part == "." || part == "..";
    match text.strip_suffix('/') {
        Some(folder) if !folder.split('/').any(odd) => {
            Err(format!("what is in the folder is `{folder}/*`"))
        }
        _ if text.contains('\\') || text.split('/').any(odd) => {
            Err("paths are relative to the folder of acetate.toml, without `.` and `..`".to_owned())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_can_match() {
        for (of, text) in [
            (Of::Parameters, "/web/*"),
            (Of::Parameters, "*"),
            (
                Of::Parameters,
                "arn:aws:ssm:eu-west-1:111111111111:parameter/web/*",
            ),
            (Of::Secrets, "prod/web/db"),
            (Of::Secrets, "a+b=c@d*"),
            (Of::Images, "ghcr.io/acme/*"),
            (Of::Images, "*/*"),
            (Of::Images, "*.dkr.ecr.eu-west-1.amazonaws.com/web"),
            (Of::Images, "r.example.com:5000/app"),
            (Of::Files, "config/*.env"),
            (Of::Files, "*"),
            (Of::Files, ".env"),
        ] {
            assert_eq!(of.check(text), Ok(()), "{text}");
            let pattern = regex_lite::Regex::new(of.pattern()).unwrap();
            assert!(pattern.is_match(text), "{text}");
        }
    }

    /// Patterns that cannot be, and the way out that is told.
    const CANNOT: &[(Of, &str, Option<&str>)] = &[
        (
            Of::Parameters,
            "ssm:/web/*",
            Some("write the name alone: `/web/*`"),
        ),
        (Of::Parameters, "/web:3", None),
        (Of::Parameters, "/web a", None),
        (
            Of::Secrets,
            "secretsmanager:db",
            Some("write the name alone: `db`"),
        ),
        (Of::Secrets, "db#url", None),
        (
            Of::Images,
            "nginx",
            Some("Docker's own are `docker.io/library/nginx`"),
        ),
        (
            Of::Images,
            "*",
            Some("`*/*` are all repositories of all registries"),
        ),
        (
            Of::Images,
            "acme/app",
            Some("name the registry; Docker's is `docker.io/acme/app`"),
        ),
        (
            Of::Images,
            "ghcr.io/acme/app:1",
            Some("a grant is for all tags of a repository: leave the tag out"),
        ),
        (
            Of::Images,
            "ghcr.io/Acme",
            Some("write it as `REGISTRY/REPOSITORY`, the repository in small letters"),
        ),
        (
            Of::Images,
            "https://ghcr.io/acme",
            Some("write it as `REGISTRY/REPOSITORY`, the repository in small letters"),
        ),
        (
            Of::Files,
            "config/",
            Some("what is in the folder is `config/*`"),
        ),
        (
            Of::Files,
            "/etc/*",
            Some("paths are relative to the folder of acetate.toml, without `.` and `..`"),
        ),
        (
            Of::Files,
            "../x",
            Some("paths are relative to the folder of acetate.toml, without `.` and `..`"),
        ),
        (
            Of::Files,
            "./x",
            Some("paths are relative to the folder of acetate.toml, without `.` and `..`"),
        ),
        (
            Of::Files,
            "a\\b",
            Some("paths are relative to the folder of acetate.toml, without `.` and `..`"),
        ),
    ];

    #[test]
    fn patterns_that_cannot_are_told_with_what_was_meant() {
        for (of, text, hint) in CANNOT {
            let (message, way_out) = of.check(text).unwrap_err();
            assert!(message.ends_with(&format!("found `{text}`")), "{message}");
            assert_eq!(way_out.as_deref(), *hint, "{text}");
        }
    }
}
