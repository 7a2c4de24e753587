//! What a secret may refer to: what the entry itself was granted.
//!
//! `valueFrom` is the ARN of a secret of Secrets Manager or of an SSM parameter, or the name of a
//! parameter. A grant names it as it is looked up: `parameters = ["/web/*"]` and
//! `secret-names = ["web/*"]` are of the account and the region that are deployed to. What is
//! elsewhere has to be granted by its full ARN.

use std::collections::BTreeMap;

use serde_json::Value;

use super::place::matches;
use crate::arn::{Arn, partition_of};

mod reference;

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
    arn: Option<Named<'a>>,
    /// The names that it may be granted by.
    names: Vec<String>,
}

#[derive(Debug, PartialEq, Eq)]
struct Named<'a> {
    arn: Arn<'a>,
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
        let by_arn = |arn: &Named<'_>| granted.names_arn(arn);
        if reference.arn.as_ref().is_some_and(by_arn) {
            return Ok(());
        }
        if let Some(arn) = reference.arn.as_ref()
            && let Some(elsewhere) = self.elsewhere(&arn.arn)
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
            .or_else(|| {
                let (ours, theirs) = (partition_of(arn.region), arn.partition);
                let differs = format!("that is partition `{theirs}`, and the region's is `{ours}`");
                (ours != theirs).then_some(differs)
            })
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
    fn names_arn(&self, arn: &Named<'_>) -> bool {
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
            "arn:aws-cn:ssm:eu-west-1:111111111111:parameter/web/key".to_owned(),
            "ARN:aws:ssm:eu-west-1:222222222222:parameter/web/key".to_owned(),
            format!("{SECRET}web/db:a:b:c:d"),
            SECRET.to_owned(),
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
