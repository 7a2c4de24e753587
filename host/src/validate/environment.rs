//! Environment variables and secrets.

use std::collections::BTreeSet;

use super::findings::Findings;
use super::spot::{Document, Spot};
use crate::arn::Arn;

pub(super) fn check(document: &Document<'_>, findings: &mut Findings) {
    for container in &document.containers {
        let plain = variables(container, findings);
        secrets(container, &plain, findings);
        files(container, findings);
    }
}

fn variables<'a>(container: &Spot<'a>, findings: &mut Findings) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::new();
    for variable in container.items("environment") {
        let name = variable.name();
        if name.is_empty() {
            let message = "an environment variable needs a name".to_owned();
            findings.error("missing-member", &variable.place("name"), message);
        } else if !names.insert(name) {
            let message = format!("the environment variable `{name}` is there twice");
            findings.error("duplicate-name", &variable.at, message);
        }
        if variable.get("value").is_none() {
            let message = format!("`{name}` has no value, so ECS drops it without a word");
            findings
                .warning("no-value", &variable.place("value"), message)
                .hint("give it a value, the empty one too, or leave the variable out");
        }
    }
    names
}

fn secrets(container: &Spot<'_>, plain: &BTreeSet<&str>, findings: &mut Findings) {
    let mut names = BTreeSet::new();
    for secret in container.items("secrets") {
        let name = secret.name();
        if !names.insert(name) {
            findings.error(
                "duplicate-name",
                &secret.at,
                format!("the secret `{name}` is there twice"),
            );
        }
        if plain.contains(name) {
            let message = format!("`{name}` is both a secret and a plain environment variable");
            findings
                .error("env-and-secret", &secret.at, message)
                .hint("ECS refuses a name in both lists; remove one of them");
        }
        value_from(&secret, findings);
    }
    for option in log_options(container) {
        value_from(&option, findings);
    }
}

/// What ECS can resolve:
/// [Secrets Manager](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html)
/// by full ARN, Parameter Store by ARN or, in the same region, by name.
fn value_from(secret: &Spot<'_>, findings: &mut Findings) {
    let Some(reference) = secret.text("valueFrom") else {
        return;
    };
    let at = secret.place("valueFrom");
    if reference.is_empty() {
        findings.error("bad-secret", &at, "`valueFrom` is empty".to_owned());
        return;
    }
    if reference.starts_with("arn:") && !Arn::parse(reference).is_some_and(can_be_resolved) {
        let message = "`valueFrom` is not an ARN that ECS can resolve".to_owned();
        findings
            .warning("bad-secret", &at, message)
            .hint("`arn:…:secretsmanager:REGION:ACCOUNT:secret:NAME-SUFFIX[:KEY:STAGE:VERSION]` or `arn:…:ssm:REGION:ACCOUNT:parameter/NAME`");
    }
}

fn can_be_resolved(arn: Arn<'_>) -> bool {
    let parts: Vec<&str> = arn.resource.split(':').collect();
    let is_one = match (arn.service, parts.as_slice()) {
        ("secretsmanager", ["secret", name, rest @ ..]) => {
            !name.is_empty() && matches!(rest.len(), 0 | 3)
        }
        ("ssm", [path]) => path.starts_with("parameter/"),
        _ => false,
    };
    arn.is_placed() && is_one
}

fn files(container: &Spot<'_>, findings: &mut Findings) {
    for file in container.items("environmentFiles") {
        let Some(value) = file.text("value") else {
            continue;
        };
        let object = Arn::parse(value).filter(|arn| arn.service == "s3");
        if object.is_none_or(|arn| !arn.name().ends_with(".env")) {
            let message = format!("`{value}` cannot be an environment file");
            findings
                .error("bad-environment-file", &file.place("value"), message)
                .hint("the ARN of an S3 object whose name ends in `.env`");
        }
    }
}

pub(super) fn log_options<'a>(container: &Spot<'a>) -> Vec<Spot<'a>> {
    container
        .get("logConfiguration")
        .map(|log| log.items("secretOptions"))
        .unwrap_or_default()
}
