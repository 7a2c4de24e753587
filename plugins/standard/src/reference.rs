//! Where a secret's value comes from: what people write, and what ECS takes.
//!
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html>

use crate::run::Run;

/// What a text refers to.
#[derive(Debug, PartialEq, Eq)]
enum Reference<'a> {
    /// Goes to ECS as it is.
    Arn(String),
    /// A secret by name, and what follows its ARN.
    Secret { name: &'a str, suffix: String },
    /// A parameter by name.
    Parameter(&'a str),
}

/// The `valueFrom` of a reference. `None`, reported, where there is none.
pub(crate) fn resolve(run: &Run, key: &str, text: &str) -> Option<String> {
    let (arn, what, name, suffix) = match parse(text) {
        Err(message) => {
            run.error("secret-reference", key, &message, None);
            return None;
        }
        Ok(Reference::Arn(arn)) => return Some(arn),
        Ok(Reference::Parameter(name)) => (
            run.host.parameter_arn(name),
            "parameter",
            name,
            String::new(),
        ),
        Ok(Reference::Secret { name, suffix }) => {
            (run.host.secret_arn(name), "secret", name, suffix)
        }
    };
    let found = run.got(arn, key, None)?;
    if found.is_none() {
        let text = format!("{what} `{name}` does not exist in this region and account");
        run.error("not-found", key, &text, None);
    }
    found.map(|arn| arn + &suffix)
}

/// The name of the parameter that a text refers to, where it does so by name or ARN.
pub(crate) fn parameter(text: &str) -> Option<&str> {
    match text.strip_prefix("ssm:") {
        Some(name) => Some(name),
        None => text
            .strip_prefix("arn:")?
            .split_once(":parameter")
            .map(|(_, name)| name),
    }
}

fn parse(text: &str) -> Result<Reference<'_>, String> {
    if let Some(name) = text
        .strip_prefix("ssm:")
        .filter(|name| !name.starts_with("arn:"))
    {
        if name.is_empty() || name.contains([':', '#']) {
            return Err(format!("`{text}` must be `ssm:/name`, without a version"));
        }
        return Ok(Reference::Parameter(name));
    }
    let bare = text
        .strip_prefix("secretsmanager:")
        .or_else(|| text.strip_prefix("ssm:"));
    let (name, suffix) = match bare.unwrap_or(text).split_once('#') {
        Some((name, part)) => (name, suffix(text, part)?),
        None => (bare.unwrap_or(text), String::new()),
    };
    if name.starts_with("arn:") {
        return arn(text, name, suffix);
    }
    if bare.is_none() {
        let forms = "`secretsmanager:NAME[#json-key[:stage[:version]]]`, `ssm:/name` or a full ARN";
        return Err(format!("`{text}` must be {forms}"));
    }
    if name.is_empty() || name.contains(':') {
        return Err(format!("`{text}` names no secret"));
    }
    Ok(Reference::Secret { name, suffix })
}

/// ECS wants all three places after the ARN if one is given.
fn suffix(text: &str, part: &str) -> Result<String, String> {
    let mut parts = part.split(':');
    let [key, stage, version] = [(); 3].map(|()| parts.next().unwrap_or_default());
    if parts.next().is_some() || [key, stage, version].concat().is_empty() {
        return Err(format!(
            "`{text}` must end in `#json-key[:stage[:version]]`"
        ));
    }
    Ok([":", key, ":", stage, ":", version].concat())
}

fn arn<'a>(text: &str, arn: &str, suffix: String) -> Result<Reference<'a>, String> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let good = match parts[..] {
        [.., ""] | [_, "", ..] | [_, _, _, "", ..] | [_, _, _, _, "", _] => false,
        [_, _, "secretsmanager", _, _, resource] => {
            let complete = resource.matches(':').count() > 1;
            resource.starts_with("secret:") && (suffix.is_empty() || !complete)
        }
        [_, _, "ssm", _, _, resource] => resource.starts_with("parameter/") && suffix.is_empty(),
        _ => false,
    };
    if good {
        Ok(Reference::Arn([arn, &suffix].concat()))
    } else {
        Err(format!(
            "`{text}` is no full ARN of a secret or a parameter"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:db-AbCdEf";
    const PARAMETER: &str = "arn:aws:ssm:eu-west-1:111111111111:parameter/a/b";

    #[test]
    fn what_people_write() {
        let secret = |name, suffix: &str| Reference::Secret {
            name,
            suffix: suffix.to_owned(),
        };
        for (text, reference) in [
            ("ssm:/a/b", Reference::Parameter("/a/b")),
            ("ssm:plain", Reference::Parameter("plain")),
            ("secretsmanager:prod/db", secret("prod/db", "")),
            ("secretsmanager:prod/db#url", secret("prod/db", ":url::")),
            (
                "secretsmanager:db#url:AWSPREVIOUS",
                secret("db", ":url:AWSPREVIOUS:"),
            ),
            ("secretsmanager:db#url::v1", secret("db", ":url::v1")),
            (
                "secretsmanager:db#:AWSPENDING",
                secret("db", "::AWSPENDING:"),
            ),
            (SECRET, Reference::Arn(SECRET.to_owned())),
            (PARAMETER, Reference::Arn(PARAMETER.to_owned())),
        ] {
            assert_eq!(parse(text), Ok(reference), "{text}");
        }
        for (text, arn) in [
            (
                format!("secretsmanager:{SECRET}#url"),
                format!("{SECRET}:url::"),
            ),
            (format!("{SECRET}#url"), format!("{SECRET}:url::")),
            (format!("{SECRET}:url::"), format!("{SECRET}:url::")),
            (format!("ssm:{PARAMETER}"), PARAMETER.to_owned()),
        ] {
            assert_eq!(parse(&text), Ok(Reference::Arn(arn)), "{text}");
        }
    }

    #[test]
    fn what_is_no_reference() {
        for text in [
            "",
            "hunter2",
            "ssm:",
            "ssm:/a:3",
            "secretsmanager:",
            "secretsmanager:a:b",
            "secretsmanager:a#",
            "secretsmanager:a#k:s:v:x",
            "arn:aws:s3:::bucket/key",
            "arn:aws:ssm:eu-west-1:111111111111:document/a",
            "arn:aws:secretsmanager:::secret:a",
            "arn:aws:ssm:eu-west-1:111111111111:parameter/a#key",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(&format!("{SECRET}:a::#b")).is_err());
    }

    #[test]
    fn the_parameter_of_a_reference() {
        assert_eq!(parameter("ssm:/a/b"), Some("/a/b"));
        assert_eq!(parameter(PARAMETER), Some("/a/b"));
        assert_eq!(parameter(SECRET), None);
    }
}
