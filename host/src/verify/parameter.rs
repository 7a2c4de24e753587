//! Parameters of SSM.

use super::reference::Reference;
use super::secret::away;
use super::{Finding, Home};
use crate::arn::Arn;

/// What is known of a parameter by its ARN alone: a finding where it must not or cannot be asked
/// for.
#[must_use]
pub fn elsewhere(parameter: &Reference<String>, home: &Home) -> Option<Finding> {
    away(&parameter.what, &parameter.at, home)
}

/// The names that a reference may mean: an ARN does not tell `name` from `/name`.
#[must_use]
pub fn names(reference: &str) -> Vec<String> {
    let Some(name) = Arn::parse(reference).and_then(|arn| arn.resource.strip_prefix("parameter/"))
    else {
        return vec![reference.to_owned()];
    };
    match name.contains('/') {
        true => vec![format!("/{name}")],
        false => vec![format!("/{name}"), name.to_owned()],
    }
}

/// What there is to say about a parameter that is not there.
#[must_use]
pub fn missing(parameter: &Reference<String>) -> Finding {
    let hint = match parameter.what.starts_with("arn:") {
        true => {
            "check name, region and account; infrastructure code makes the parameter before it is referred to"
        }
        false => "check the name; a secret of Secrets Manager is named by its full ARN",
    };
    let message = format!("there is no parameter `{}`", parameter.what);
    Finding::fault(&parameter.at, message, hint)
}
