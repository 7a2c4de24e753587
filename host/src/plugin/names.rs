//! The form of what a plugin may ask for. It is checked before any grant: a name means one thing
//! only, and never a pattern, a version or another account's thing in disguise.

use crate::arn::Arn;
use crate::edit::Failure;

use super::lookups::Question;

/// Refuses a question whose name is none.
///
/// # Errors
/// `invalid`, with what is wrong.
pub(super) fn check(question: &Question) -> Result<(), Failure> {
    match question {
        Question::ParameterNames(prefix) => of(prefix, "prefix of parameters", is_parameter),
        Question::SecretNames(prefix) => of(prefix, "prefix of secrets", is_secret),
        Question::ParameterArn(name)
        | Question::ParameterKind(name)
        | Question::ParameterValue(name) => parameter(name),
        Question::SecretArn(name) | Question::SecretKeys(name) => secret(name),
        Question::ImageDigest(_) => Ok(()),
        Question::FileEntries(folder) if folder.is_empty() => Ok(()),
        Question::FileEntries(folder) => path(folder.strip_suffix('/').unwrap_or(folder)),
        Question::FileRead(file) => path(file),
    }
}

/// Whether a name is an ARN: of what account and region, the name says itself.
pub(super) fn is_arn(name: &str) -> bool {
    name.get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("arn:"))
}

fn parameter(name: &str) -> Result<(), Failure> {
    if is_arn(name) {
        return arn(name, "ssm", is_parameter);
    }
    if let Some((plain, _)) = name.split_once(':') {
        let message = format!("`{name}` is no name of a parameter");
        return Err(Failure::new("invalid", message).hint(format!(
            "versions and labels cannot be asked for; the latest is `{plain}`"
        )));
    }
    match name.is_empty() || name.ends_with('/') {
        true => Err(invalid(name, "name of a parameter")),
        false => of(name, "name of a parameter", is_parameter),
    }
}

fn secret(name: &str) -> Result<(), Failure> {
    if is_arn(name) {
        return arn(name, "secretsmanager", is_secret);
    }
    match name.is_empty() {
        true => Err(invalid(name, "name of a secret")),
        false => of(name, "name of a secret", is_secret),
    }
}

/// `arn:PARTITION:SERVICE:REGION:ACCOUNT:KIND…NAME`, without a selector behind it.
fn arn(arn: &str, service: &str, letter: fn(char) -> bool) -> Result<(), Failure> {
    let kind = match service {
        "ssm" => "parameter/",
        _ => "secret:",
    };
    let of_service = Arn::parse(arn).filter(|arn| arn.service == service && arn.is_placed());
    let name = of_service.and_then(|arn| arn.resource.strip_prefix(kind));
    match name.is_some_and(|name| !name.is_empty() && name.chars().all(letter)) {
        true => Ok(()),
        false => Err(invalid(arn, &format!("ARN of `{service}`"))),
    }
}

fn of(text: &str, what: &str, letter: fn(char) -> bool) -> Result<(), Failure> {
    match text.chars().all(letter) {
        true => Ok(()),
        false => Err(invalid(text, what)),
    }
}

fn invalid(text: &str, what: &str) -> Failure {
    Failure::new("invalid", format!("`{text}` is no {what}"))
}

fn is_parameter(c: char) -> bool {
    c.is_ascii_alphanumeric() || "/_.-".contains(c)
}

fn is_secret(c: char) -> bool {
    c.is_ascii_alphanumeric() || "/_+=.@-".contains(c)
}

/// A path below the project folder in its one spelling, so that patterns mean what they say.
fn path(path: &str) -> Result<(), Failure> {
    let odd = |part: &str| part.is_empty() || part == "." || part == "..";
    if path.contains(['\\', '*']) || path.contains(char::is_control) || path.split('/').any(odd) {
        let message = format!("`{path}` is no plain path below the project folder");
        return Err(Failure::new("invalid", message)
            .hint("write it without a leading or trailing `/`, `.`, `..` and `*`"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(question: Question) -> bool {
        match check(&question) {
            Ok(()) => false,
            Err(failure) => {
                assert_eq!(failure.code, "invalid", "{question:?}");
                true
            }
        }
    }

    #[test]
    fn names_of_parameters_and_secrets() {
        let arn = "arn:aws:ssm:eu-west-1:111111111111:parameter/web/a";
        for (name, is_name) in [
            ("/web/a", true),
            ("web.a_B-1", true),
            (arn, true),
            ("", false),
            ("/web/", false),
            ("/web/a:3", false),
            ("/web/a:label", false),
            ("/web/*", false),
            ("/web a", false),
            ("ssm:/web/a", false),
            ("/web/\u{e4}", false),
            (&format!("{arn}:3"), false),
            ("ARN:aws:ssm:eu-west-1:111111111111:parameter/web/a", false),
            ("arn:aws:ssm:eu-west-1::parameter/web/a", false),
            ("arn:aws:ssm:*:111111111111:parameter/web/a", false),
            (
                "arn:aws:secretsmanager:eu-west-1:111111111111:secret:a",
                false,
            ),
        ] {
            let name = name.to_owned();
            assert_eq!(
                !refused(Question::ParameterValue(name.clone())),
                is_name,
                "{name}"
            );
            assert_eq!(
                !refused(Question::ParameterArn(name.clone())),
                is_name,
                "{name}"
            );
        }
        for (name, is_name) in [
            ("prod/web/db", true),
            ("a+b=c@d", true),
            (
                "arn:aws:secretsmanager:eu-west-1:111111111111:secret:db-AbCdEf",
                true,
            ),
            ("", false),
            ("db#url", false),
            ("db:url", false),
            ("*", false),
            (
                "arn:aws:secretsmanager:eu-west-1:111111111111:secret:db-AbCdEf:url::",
                false,
            ),
        ] {
            let name = name.to_owned();
            assert_eq!(
                !refused(Question::SecretArn(name.clone())),
                is_name,
                "{name}"
            );
            assert_eq!(
                !refused(Question::SecretKeys(name.clone())),
                is_name,
                "{name}"
            );
        }
    }

    #[test]
    fn prefixes_may_be_empty_and_are_no_patterns() {
        for (prefix, is_prefix) in [
            ("", true),
            ("/web/", true),
            ("/web/*", false),
            ("arn:aws:", false),
        ] {
            assert_eq!(
                !refused(Question::ParameterNames(prefix.into())),
                is_prefix,
                "{prefix}"
            );
            assert_eq!(
                !refused(Question::SecretNames(prefix.into())),
                is_prefix,
                "{prefix}"
            );
        }
    }

    #[test]
    fn paths_have_one_spelling() {
        for (path, file, folder) in [
            ("a/b", true, true),
            ("a", true, true),
            ("a/", false, true),
            ("", false, true),
            ("/", false, false),
            ("/a", false, false),
            ("a/../b", false, false),
            ("..", false, false),
            ("./a", false, false),
            ("a//b", false, false),
            ("a//", false, false),
            ("a\\b", false, false),
            ("a\0b", false, false),
            ("a\nb", false, false),
            ("*", false, false),
        ] {
            assert_eq!(!refused(Question::FileRead(path.into())), file, "{path}");
            assert_eq!(
                !refused(Question::FileEntries(path.into())),
                folder,
                "{path}"
            );
        }
    }
}
