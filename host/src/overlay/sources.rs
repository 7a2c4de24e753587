//! What a secret may refer to: what the entry itself was granted.
//!
//! `valueFrom` is the ARN of a secret of Secrets Manager or of an SSM parameter, or the name of a
//! parameter. A grant names it as it is looked up: `parameters = ["/web/*"]` and
//! `secret-names = ["web/*"]` are of the account and the region that are deployed to. What is
//! elsewhere has to be granted by its full ARN.

use std::collections::BTreeMap;

use serde_json::Value;

use super::place::matches;

/// Parameters below this name are secrets of Secrets Manager.
const SECRETS_BY_PARAMETER: &str = "/aws/reference/secretsmanager/";

/// What one entry's secrets may refer to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    account: Option<String>,
    region: Option<String>,
    parameters: Granted,
    secrets: Granted,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Granted {
    #[default]
    Nothing,
    All,
    Named(Vec<String>),
}

/// Why a reference is refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    /// What it refers to, and why that is not allowed.
    pub why: String,
    /// The line to add to `grant`.
    pub line: Option<String>,
}

/// A reference, taken apart.
#[derive(Debug, PartialEq, Eq)]
struct Reference<'a> {
    service: Service,
    /// Account, region and ARN without what may follow it; none for a plain name.
    arn: Option<Arn<'a>>,
    /// The names that it may be granted by.
    names: Vec<String>,
}

#[derive(Debug, PartialEq, Eq)]
struct Arn<'a> {
    region: &'a str,
    account: &'a str,
    /// `arn:aws:ssm:eu-west-1:123456789012:parameter/`, the part that a grant has to spell out.
    head: String,
    /// What may stand after the head, in a grant.
    tails: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Service {
    Parameters,
    Secrets,
}

impl Sources {
    /// From the entry's `grant` table, and what is deployed where.
    #[must_use]
    pub fn new(grant: &Value, target: &BTreeMap<String, String>) -> Self {
        Self {
            account: target.get("account").cloned(),
            region: target.get("region").cloned(),
            parameters: Granted::of(grant.get("parameters")),
            secrets: Granted::of(grant.get("secret-names")),
        }
    }

    /// Whether a secret may refer to this.
    pub(super) fn check(&self, text: &str) -> Result<(), Refused> {
        let Some(reference) = Reference::parse(text) else {
            let why = format!(
                "`{text}`: that is neither a parameter of SSM nor a secret of Secrets Manager"
            );
            return Err(Refused { why, line: None });
        };
        let granted = match reference.service {
            Service::Parameters => &self.parameters,
            Service::Secrets => &self.secrets,
        };
        let by_arn = |arn: &Arn<'_>| granted.names_arn(arn);
        if reference.arn.as_ref().is_some_and(by_arn) {
            return Ok(());
        }
        if let Some(arn) = reference.arn.as_ref()
            && let Some(elsewhere) = self.elsewhere(arn)
        {
            let why = format!("`{text}`: {elsewhere}");
            let line = reference.line(Some(arn));
            return Err(Refused { why, line });
        }
        if reference.names.iter().any(|name| granted.covers(name)) {
            return Ok(());
        }
        let why = format!("`{text}`, which it was not granted");
        let line = reference.line(None);
        Err(Refused { why, line })
    }

    fn elsewhere(&self, arn: &Arn<'_>) -> Option<String> {
        let differs = |what: &str, theirs: &str, ours: &Option<String>| match ours {
            Some(ours) if ours == theirs => None,
            Some(ours) => Some(format!("that is {what} `{theirs}`, and this is `{ours}`")),
            None => Some(format!(
                "that is {what} `{theirs}`, and `{what}` is not set"
            )),
        };
        differs("account", arn.account, &self.account)
            .or_else(|| differs("region", arn.region, &self.region))
    }
}

impl Granted {
    fn of(grant: Option<&Value>) -> Self {
        match grant {
            Some(Value::Bool(true)) => Self::All,
            Some(Value::Array(list)) => {
                let texts = list.iter().filter_map(Value::as_str);
                Self::Named(texts.map(str::to_owned).collect())
            }
            _ => Self::Nothing,
        }
    }

    fn covers(&self, name: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::All => true,
            Self::Named(patterns) => patterns.iter().any(|pattern| matches(pattern, name)),
        }
    }

    /// Whether a pattern spells out account and region, and names the rest.
    fn names_arn(&self, arn: &Arn<'_>) -> bool {
        let Self::Named(patterns) = self else {
            return false;
        };
        patterns.iter().any(|pattern| {
            pattern
                .strip_prefix(&arn.head)
                .is_some_and(|rest| arn.tails.iter().any(|tail| matches(rest, tail)))
        })
    }
}

impl<'a> Reference<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        if !text.starts_with("arn:") {
            return parameter(text, None);
        }
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let [_, partition, service, region, account, resource] = parts.as_slice() else {
            return None;
        };
        let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
        let word = |text: &str| {
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        if !is_account || !word(region) || !word(partition) {
            return None;
        }
        let (kind, name) = match *service {
            "ssm" => ("parameter/", resource.strip_prefix("parameter/")?),
            "secretsmanager" => ("secret:", resource.strip_prefix("secret:")?),
            _ => return None,
        };
        let arn = Arn {
            region,
            account,
            head: format!("arn:{partition}:{service}:{region}:{account}:{kind}"),
            tails: Vec::new(),
        };
        match *service {
            "ssm" => parameter(name, Some(arn)),
            _ => secret(name, arn),
        }
    }

    /// The line that grants it.
    fn line(&self, arn: Option<&Arn<'_>>) -> Option<String> {
        let capability = match self.service {
            Service::Parameters => "parameters",
            Service::Secrets => "secret-names",
        };
        let name = match arn {
            Some(arn) => format!("{}{}", arn.head, arn.tails.first()?),
            None => self.names.first()?.clone(),
        };
        Some(format!(
            "grant = {{ {capability} = [{}] }}",
            Value::from(name)
        ))
    }
}

/// A parameter by its name, with a version or a label after it, or by the name in its ARN, which
/// lacks the first `/` of a path.
fn parameter<'a>(text: &str, arn: Option<Arn<'a>>) -> Option<Reference<'a>> {
    let (name, version) = text.split_once(':').unwrap_or((text, "1"));
    let plain = |text: &str, more: &str| {
        let word = |c: char| c.is_ascii_alphanumeric() || more.contains(c);
        !text.is_empty() && text.chars().all(word)
    };
    if !plain(name, "_.-/") || !plain(version, "_.-") {
        return None;
    }
    let path = format!("/{}", name.trim_start_matches('/'));
    let lower = path.to_lowercase();
    if let Some(secret) = lower.strip_prefix(SECRETS_BY_PARAMETER) {
        let name = path[path.len() - secret.len()..].to_owned();
        return by_parameter(name, arn);
    }
    let names = match &arn {
        None => vec![name.to_owned()],
        Some(_) if name.contains('/') => vec![path],
        Some(_) => vec![name.to_owned(), path],
    };
    let tails = vec![name.trim_start_matches('/').to_owned()];
    Some(Reference {
        service: Service::Parameters,
        arn: arn.map(|arn| Arn { tails, ..arn }),
        names,
    })
}

/// A secret that is read through the parameter store: a secret all the same.
fn by_parameter<'a>(name: String, arn: Option<Arn<'a>>) -> Option<Reference<'a>> {
    let arn = arn.map(|arn| {
        let head = arn.head.replace(":ssm:", ":secretsmanager:");
        let head = head.replace(":parameter/", ":secret:");
        let tails = vec![name.clone()];
        Arn { head, tails, ..arn }
    });
    Some(Reference {
        service: Service::Secrets,
        arn,
        names: vec![name],
    })
}

/// A secret by the end of its ARN: `NAME-AbCdEf`, or `NAME` alone, and then perhaps JSON key,
/// stage and version. Six letters after a hyphen are always the random ones, as AWS reads it.
fn secret<'a>(text: &str, arn: Arn<'a>) -> Option<Reference<'a>> {
    let mut parts = text.split(':');
    let full = parts.next()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "/_+=.@-".contains(c);
    if parts.count() > 3 || full.is_empty() || !full.chars().all(plain) {
        return None;
    }
    let is_random = |end: &str| end.len() == 6 && end.bytes().all(|b| b.is_ascii_alphanumeric());
    let name = match full.rsplit_once('-') {
        Some((name, end)) if is_random(end) && !name.is_empty() => name,
        _ => full,
    };
    let tails = vec![full.to_owned(), name.to_owned()];
    Some(Reference {
        service: Service::Secrets,
        arn: Some(Arn { tails, ..arn }),
        names: vec![name.to_owned()],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sources(grant: Value) -> Sources {
        let target = [("account", "111111111111"), ("region", "eu-west-1")];
        let target = target.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Sources::new(&grant, &target.into())
    }

    const SSM: &str = "arn:aws:ssm:eu-west-1:111111111111:parameter/";
    const SECRET: &str = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:";

    #[test]
    fn what_was_granted_by_name_may_be_referred_to() {
        let sources = sources(
            json!({ "parameters": ["/web/*", "plain"], "secret-names": ["web/db", "api/*"] }),
        );
        for text in [
            "/web/key".to_owned(),
            "/web/key:3".to_owned(),
            "plain".to_owned(),
            format!("{SSM}web/key"),
            format!("{SSM}plain"),
            format!("{SECRET}web/db"),
            format!("{SECRET}web/db-AbC123"),
            format!("{SECRET}web/db-AbC123:password::"),
            format!("{SECRET}web/db:password:AWSPREVIOUS:"),
            format!("{SECRET}web/db:::0123-abc"),
            format!("{SECRET}api/x-AbC123"),
            "/aws/reference/secretsmanager/web/db".to_owned(),
        ] {
            assert_eq!(sources.check(&text), Ok(()), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused_with_the_line_to_add() {
        let sources = sources(json!({ "parameters": ["/web/*", "*"], "secret-names": ["web/db"] }));
        let told: Vec<String> = [
            format!("{SECRET}web/db2"),
            format!("{SECRET}web/db2-AbC123:key::"),
            format!("{SECRET}web/db/x-AbC123"),
            format!("{SECRET}web/db-AbC123-AbC123"),
            "/aws/reference/secretsmanager/web/other".to_owned(),
            "/AWS/Reference/SecretsManager/web/other".to_owned(),
            format!("{SSM}aws/reference/secretsmanager/web/other"),
            "arn:aws:ssm:eu-west-1:222222222222:parameter/web/key".to_owned(),
            "arn:aws:ssm:us-east-1:111111111111:parameter/web/key".to_owned(),
            "arn:aws:secretsmanager:eu-west-1:222222222222:secret:web/db-AbC123".to_owned(),
            "arn:aws:ssm:::parameter/web/key".to_owned(),
            "arn:aws:ssm:*:*:parameter/web/key".to_owned(),
            "arn:aws:s3:eu-west-1:111111111111:bucket/web".to_owned(),
            "ARN:aws:ssm:eu-west-1:222222222222:parameter/web/key".to_owned(),
            format!("{SECRET}web/db:a:b:c:d"),
            format!("{SECRET}"),
            " /web/key".to_owned(),
            "/web/key\n".to_owned(),
            String::new(),
        ]
        .iter()
        .map(|text| {
            let refused = sources.check(text).expect_err(text);
            format!("{} | {}", refused.why, refused.line.unwrap_or_default())
        })
        .collect();
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn another_account_has_to_be_named_in_full() {
        let theirs = "arn:aws:secretsmanager:eu-west-1:222222222222:secret:shared/";
        for (granted, expected) in [
            (format!("{theirs}*"), true),
            (format!("{theirs}db"), true),
            (format!("{theirs}db-AbC123"), true),
            ("arn:*".to_owned(), false),
            ("*".to_owned(), false),
            (
                "arn:aws:secretsmanager:*:*:secret:shared/db".to_owned(),
                false,
            ),
            ("shared/db".to_owned(), false),
        ] {
            let sources = sources(json!({ "secret-names": [granted.clone()] }));
            let reference = format!("{theirs}db-AbC123:key::");
            assert_eq!(sources.check(&reference).is_ok(), expected, "{granted}");
        }
        let all = sources(json!({ "secret-names": true, "parameters": true }));
        assert!(all.check(&format!("{SECRET}any-AbC123")).is_ok());
        assert!(all.check(&format!("{theirs}db-AbC123")).is_err());
    }

    #[test]
    fn where_nothing_is_known_of_the_account_only_full_arns_count() {
        let unknown = Sources::new(&json!({ "parameters": ["/web/*"] }), &BTreeMap::new());
        assert!(unknown.check("/web/key").is_ok());
        let refused = unknown.check(&format!("{SSM}web/key")).unwrap_err();
        assert!(
            refused.why.ends_with("and `account` is not set"),
            "{refused:?}"
        );
        assert!(Sources::default().check("/web/key").is_err());
    }
}
