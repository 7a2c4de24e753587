//! Places, by the line that names them and by what they refer to.

use super::Rule;
use crate::overlay::place;
use crate::task_definition::address::Address;

/// The line of `allow` that names exactly this place.
pub(super) fn line(at: &Address) -> String {
    let short = place::of(at);
    let covers = |rule: Rule| rule.covers(at, false);
    match short.parse::<Rule>().is_ok_and(covers) {
        true => short,
        false => format!("json:{at}"),
    }
}

/// Whether this place refers to a secret that ECS or the log driver fetches.
pub(super) fn is_reference(at: &Address) -> bool {
    let tokens: Vec<&str> = at.tokens().iter().map(String::as_str).collect();
    matches!(
        tokens.as_slice(),
        ["containerDefinitions", _, "secrets", _, "valueFrom"]
            | [
                "containerDefinitions",
                _,
                "logConfiguration",
                "secretOptions",
                _,
                "valueFrom"
            ]
            | [
                "containerDefinitions",
                _,
                "repositoryCredentials",
                "credentialsParameter"
            ]
            | ["volumes", .., "credentialsParameter"]
    )
}
