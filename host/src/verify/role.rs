//! Roles: whose they are, and whom they trust.

use serde_json::Value;

use super::reference::Reference;
use super::{Finding, Home};
use crate::arn::Arn;

/// Who assumes the roles of tasks.
const TASKS: &str = "ecs-tasks.amazonaws.com";

/// Name of a role, by name or ARN.
#[must_use]
pub fn name(role: &str) -> &str {
    role.rsplit('/').next().unwrap_or(role)
}

/// ARN of a role by name or ARN; `None` where the account is not known.
#[must_use]
pub fn arn(role: &str, home: &Home) -> Option<String> {
    match role.starts_with("arn:") {
        true => Some(role.to_owned()),
        false => {
            let (partition, account) = (home.partition.as_ref()?, home.account.as_ref()?);
            Some(format!("arn:{partition}:iam::{account}:role/{role}"))
        }
    }
}

/// A finding where a role is one that no task of this account can have.
#[must_use]
pub fn elsewhere(role: &Reference<String>, home: &Home) -> Option<Finding> {
    let (arn, account) = (Arn::parse(&role.what)?, home.account.as_deref()?);
    (arn.account != account).then(|| {
        Finding::fault(
            &role.at,
            format!(
                "role `{}` is of account `{}`, and tasks of `{account}` cannot have it",
                role.what, arn.account
            ),
            "name a role of the account that the task runs in; that one may assume others",
        )
    })
}

/// What there is to say about a role that is not there.
#[must_use]
pub fn missing(role: &Reference<String>) -> Finding {
    Finding::fault(
        &role.at,
        format!("there is no role `{}`", role.what),
        "infrastructure code makes the role before the template names it; a new one takes some seconds to be seen",
    )
}

/// What there is to say about a role of this ARN and with this trust policy.
#[must_use]
pub fn present(role: &Reference<String>, arn: &str, trust: &Value) -> Option<Finding> {
    if role.what.starts_with("arn:") && role.what != arn {
        return Some(Finding::fault(
            &role.at,
            format!(
                "there is no role `{}`: the one of that name is `{arn}`",
                role.what
            ),
            "write the ARN with the role's path",
        ));
    }
    match trusts_tasks(trust) {
        Some(false) => Some(Finding::fault(
            &role.at,
            format!(
                "role `{}` does not trust `{TASKS}`, so that no task gets it",
                role.what
            ),
            format!("let `{TASKS}` assume it in its trust policy"),
        )),
        Some(true) => None,
        None => Some(Finding::warning(
            &role.at,
            format!("the trust policy of role `{}` cannot be read", role.what),
            "",
        )),
    }
}

/// Whether some statement lets ECS tasks assume the role, conditions aside; `None` for what is no
/// policy.
fn trusts_tasks(trust: &Value) -> Option<bool> {
    let statements = trust.get("Statement")?;
    let lets = |statement: &Value| {
        let action = statement.get("Action");
        let acts = action.is_none_or(|action| {
            texts(action).iter().any(|a| {
                matches!(*a, "*" | "sts:*" | "sts:Assume*")
                    || a.eq_ignore_ascii_case("sts:AssumeRole")
            })
        });
        let principal = statement.get("Principal");
        let names = principal.is_none_or(|principal| match principal {
            Value::String(all) => all == "*",
            Value::Object(kinds) => {
                let services = kinds.get("Service").map(texts).unwrap_or_default();
                services
                    .iter()
                    .any(|s| *s == "*" || s.starts_with("ecs-tasks."))
            }
            _ => true,
        });
        statement.get("Effect").and_then(Value::as_str) == Some("Allow") && acts && names
    };
    Some(match statements {
        Value::Array(all) => all.iter().any(lets),
        one => lets(one),
    })
}

/// A text or a list of them.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        value => value.as_str().into_iter().collect(),
    }
}
