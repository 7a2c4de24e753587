//! A reference to a secret or a parameter, taken apart.

use serde_json::Value;

use super::{Named, Reference, Service};
use crate::arn::{Arn, is_account};

/// Parameters below this name are secrets of Secrets Manager.
const SECRETS_BY_PARAMETER: &str = "/aws/reference/secretsmanager/";

impl<'a> Reference<'a> {
    /// Takes a `valueFrom` apart; `None` for one of neither service.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        if !text.starts_with("arn:") {
            return parameter(text, None);
        }
        let arn = Arn::parse(text).filter(|arn| is_account(arn.account) && arn.is_placed())?;
        let kind = match arn.service {
            "ssm" => "parameter/",
            "secretsmanager" => "secret:",
            _ => return None,
        };
        let name = arn.resource.strip_prefix(kind)?;
        let head = Arn {
            resource: kind,
            ..arn
        };
        let named = Named {
            arn,
            head: head.to_string(),
            tails: Vec::new(),
        };
        match arn.service {
            "ssm" => parameter(name, Some(named)),
            _ => secret(name, named),
        }
    }

    /// The line that grants it.
    pub(super) fn line(&self, arn: Option<&Named<'_>>) -> Option<String> {
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
fn parameter<'a>(text: &str, arn: Option<Named<'a>>) -> Option<Reference<'a>> {
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
        arn: arn.map(|arn| Named { tails, ..arn }),
        names,
    })
}

/// A secret that is read through the parameter store: a secret all the same.
fn by_parameter<'a>(name: String, arn: Option<Named<'a>>) -> Option<Reference<'a>> {
    let arn = arn.map(|arn| {
        let head = arn.head.replace(":ssm:", ":secretsmanager:");
        let head = head.replace(":parameter/", ":secret:");
        let tails = vec![name.clone()];
        Named { head, tails, ..arn }
    });
    Some(Reference {
        service: Service::Secrets,
        arn,
        names: vec![name],
    })
}

/// A secret by the end of its ARN: `NAME-AbCdEf`, or `NAME` alone, and then perhaps JSON key,
/// stage and version. Six letters after a hyphen are always the random ones, as AWS reads it.
fn secret<'a>(text: &str, arn: Named<'a>) -> Option<Reference<'a>> {
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
        arn: Some(Named { tails, ..arn }),
        names: vec![name.to_owned()],
    })
}
