//! Short forms of secrets: `ssm:/name` and `secretsmanager:name#key` in place of ARNs.

use crate::arn::Arn;

/// What has to be looked up to know that a short form means the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lookup {
    /// The ARN of the parameter of this name.
    Parameter(String),
    /// The ARN of the secret of this name.
    Secret(String),
}

/// A short form that may mean the same as a `valueFrom`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Short {
    /// The form for acetate.toml.
    pub reference: String,
    /// What to look up.
    pub lookup: Lookup,
    /// The ARN that must come out.
    pub arn: String,
}

/// The short form of a `valueFrom` that is of this account and region, if it can have one.
#[must_use]
pub fn short(value_from: &str, account: &str, region: &str) -> Option<Short> {
    let arn = Arn::parse(value_from)?;
    if (arn.region, arn.account) != (region, account) {
        return None;
    }
    match arn.service {
        "ssm" => parameter(value_from, arn.resource),
        "secretsmanager" => secret(value_from, arn.resource),
        _ => None,
    }
}

/// An ARN does not tell `name` from `/name`; only paths are sure to begin with a slash.
fn parameter(arn: &str, resource: &str) -> Option<Short> {
    let path = resource.strip_prefix("parameter")?;
    let is_path = path.matches('/').count() > 1 && !path.contains([':', '#']);
    is_path.then(|| Short {
        reference: format!("ssm:{path}"),
        lookup: Lookup::Parameter(path.to_owned()),
        arn: arn.to_owned(),
    })
}

/// `secret:NAME-AbCdEf[:KEY:STAGE:VERSION]`: AWS ends the name with a hyphen and six characters.
fn secret(value_from: &str, resource: &str) -> Option<Short> {
    let resource = resource.strip_prefix("secret:")?;
    let (full, suffix) = match resource.split_once(':') {
        None => (resource, String::new()),
        Some((full, suffix)) => (full, part(suffix)?),
    };
    let (name, random) = full.rsplit_once('-')?;
    let is_random = random.len() == 6 && random.chars().all(|c| c.is_ascii_alphanumeric());
    let end = value_from.len() - (resource.len() - full.len());
    (is_random && !name.contains('#')).then(|| Short {
        reference: format!("secretsmanager:{name}{suffix}"),
        lookup: Lookup::Secret(name.to_owned()),
        arn: value_from[..end].to_owned(),
    })
}

/// `#KEY[:STAGE[:VERSION]]` of ECS's `KEY:STAGE:VERSION`.
fn part(suffix: &str) -> Option<String> {
    let parts: Vec<&str> = suffix.split(':').collect();
    let filled = !parts.concat().is_empty() && !suffix.contains('#');
    (parts.len() == 3 && filled).then(|| format!("#{}", suffix.trim_end_matches(':')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(value_from: &str) -> Option<(String, String)> {
        short(value_from, "111111111111", "eu-west-1").map(|short| (short.reference, short.arn))
    }

    #[test]
    fn short_forms() {
        let secret = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:prod/db-AbCdEf";
        let parameter = "arn:aws:ssm:eu-west-1:111111111111:parameter/prod/url";
        let cases = [
            (parameter.to_owned(), "ssm:/prod/url", parameter),
            (secret.to_owned(), "secretsmanager:prod/db", secret),
            (
                format!("{secret}:url::"),
                "secretsmanager:prod/db#url",
                secret,
            ),
            (
                format!("{secret}:url:AWSPREVIOUS:"),
                "secretsmanager:prod/db#url:AWSPREVIOUS",
                secret,
            ),
            (
                format!("{secret}::AWSPENDING:"),
                "secretsmanager:prod/db#:AWSPENDING",
                secret,
            ),
            (
                format!("{secret}:url::v1"),
                "secretsmanager:prod/db#url::v1",
                secret,
            ),
        ];
        for (value_from, reference, arn) in cases {
            assert_eq!(
                form(&value_from),
                Some((reference.to_owned(), arn.to_owned()))
            );
        }
    }

    #[test]
    fn what_has_none() {
        let none = [
            "/prod/url",
            "arn:aws:ssm:eu-west-2:111111111111:parameter/prod/url",
            "arn:aws:ssm:eu-west-1:222222222222:parameter/prod/url",
            "arn:aws:ssm:eu-west-1:111111111111:parameter/url",
            "arn:aws:ssm:eu-west-1:111111111111:document/a/b",
            "arn:aws:s3:::bucket/key",
            "arn:aws:secretsmanager:eu-west-1:111111111111:secret:prod/db",
            "arn:aws:secretsmanager:eu-west-1:111111111111:secret:db-AbCdEf:url",
            "arn:aws:secretsmanager:eu-west-1:111111111111:secret:db-AbCdEf:::",
        ];
        for value_from in none {
            assert_eq!(form(value_from), None, "{value_from}");
        }
    }
}
