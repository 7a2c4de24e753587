//! Faults of the wire, played on chosen calls.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::{Refusal, text};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// 400 `ThrottlingException: Rate exceeded`.
    Throttle,
    /// 500 `ServerException`.
    Internal,
    /// 503 with an HTML body.
    Html,
    /// The connection is cut before anything is done.
    Reset,
    /// The answer comes late by `delay-ms` of real time.
    Delay,
    /// 400 `ExpiredTokenException`.
    Expired,
    /// 400 `AccessDeniedException`.
    Denied,
    /// 200 with a body that is not JSON.
    Malformed,
    /// The work is done, then the connection is cut without an answer.
    Lost,
    /// The call waits until [`Running::let_go`](super::Running::let_go): a barrier for tests.
    Hold,
}

impl FaultKind {
    /// Its name in a world and in the journal.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Throttle => "throttle",
            Self::Internal => "internal",
            Self::Html => "html",
            Self::Reset => "reset",
            Self::Delay => "delay",
            Self::Expired => "expired",
            Self::Denied => "denied",
            Self::Malformed => "malformed",
            Self::Lost => "lost",
            Self::Hold => "hold",
        }
    }
}

/// A fault and the calls that it is played on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    expecting = "a table with `kind`",
    rename_all = "kebab-case",
    deny_unknown_fields
)]
pub struct Fault {
    /// Operation name; every operation where there is none.
    #[serde(default)]
    pub operation: Option<String>,
    /// What goes wrong.
    pub kind: FaultKind,
    /// How many calls it is played on.
    #[serde(default = "once")]
    pub times: u32,
    /// How many calls are left alone first.
    #[serde(default)]
    pub after: u32,
    /// Milliseconds of real time, for `delay`.
    #[serde(default)]
    pub delay_ms: u64,
    /// The work is done all the same, and before the answer is held or late.
    #[serde(default)]
    pub done: bool,
    /// Once it was played, it is played on every call of every operation.
    #[serde(default)]
    pub spreads: bool,
}

const fn once() -> u32 {
    1
}

impl Fault {
    /// This fault on the next call of `operation`.
    #[must_use]
    pub fn once(operation: &str, kind: FaultKind) -> Self {
        Self {
            operation: Some(operation.to_owned()),
            kind,
            times: 1,
            after: 0,
            delay_ms: 0,
            done: false,
            spreads: false,
        }
    }
}

/// Takes the fault to play on this call, if any, and counts the call.
pub(crate) fn take(faults: &mut Vec<Fault>, operation: &str) -> Option<Fault> {
    let meant = |f: &Fault| f.operation.as_deref().is_none_or(|o| o == operation);
    for fault in faults.iter_mut().filter(|f| meant(f)) {
        if fault.after > 0 {
            fault.after -= 1;
            continue;
        }
        fault.times = fault.times.saturating_sub(1);
        let played = fault.clone();
        if fault.spreads {
            (fault.operation, fault.times) = (None, u32::MAX);
        }
        faults.retain(|f| f.times > 0 || f.after > 0);
        return Some(played);
    }
    None
}

/// The refusal of a fault that is one.
pub(crate) fn refusal(
    kind: FaultKind,
    operation: &str,
    account: &str,
    request: &Value,
) -> Option<Refusal> {
    match kind {
        FaultKind::Throttle => Some(Refusal::new("ThrottlingException", "Rate exceeded")),
        FaultKind::Internal => Some(Refusal {
            status: 500,
            code: "ServerException".to_owned(),
            message: "Service Unavailable. Please try again later.".to_owned(),
        }),
        FaultKind::Expired => Some(Refusal::new(
            "ExpiredTokenException",
            "The security token included in the request is expired",
        )),
        FaultKind::Denied => {
            let (action, resource) = denied(operation, request);
            Some(denial(&action, &resource, account))
        }
        FaultKind::Html
        | FaultKind::Reset
        | FaultKind::Delay
        | FaultKind::Malformed
        | FaultKind::Lost
        | FaultKind::Hold => None,
    }
}

/// Action and resource. What RegisterTaskDefinition lacks in practice is the right to pass a role.
fn denied(operation: &str, request: &Value) -> (String, String) {
    let role = text(request, "executionRoleArn").or_else(|| text(request, "taskRoleArn"));
    match (operation, role) {
        ("RegisterTaskDefinition", Some(role)) => ("iam:PassRole".to_owned(), role.to_owned()),
        _ => (
            format!("{}:{operation}", service_of(operation)),
            "*".to_owned(),
        ),
    }
}

/// A denial in IAM's words.
pub(crate) fn denial(action: &str, resource: &str, account: &str) -> Refusal {
    let told = format!(
        "User: arn:aws:sts::{account}:assumed-role/practice/acetate is not authorized to perform: {action} on \
         resource: {resource} because no identity-based policy allows the {action} action"
    );
    Refusal::new("AccessDeniedException", told)
}

/// IAM's prefix of the service that an operation is of.
fn service_of(operation: &str) -> &'static str {
    match operation {
        "GetParameter"
        | "GetParameters"
        | "GetParametersByPath"
        | "DescribeParameters"
        | "PutParameter" => "ssm",
        "DescribeSecret" | "ListSecrets" | "GetSecretValue" | "CreateSecret" => "secretsmanager",
        "ListSchedules" | "GetSchedule" => "scheduler",
        "ListEventBuses" | "ListRules" | "ListTargetsByRule" => "events",
        "GetCallerIdentity" => "sts",
        "GetObject" | "HeadObject" => "s3",
        "GetRole" | "SimulatePrincipalPolicy" => "iam",
        "GetLogEvents" | "DescribeLogGroups" => "logs",
        "BatchGetImage" | "DescribePullThroughCacheRules" => "ecr",
        _ => "ecs",
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, FaultKind, refusal, take};
    use serde_json::json;

    #[test]
    fn a_fault_is_played_as_often_as_it_says_on_the_calls_that_it_means() {
        let mut faults = vec![Fault {
            after: 1,
            times: 2,
            ..Fault::once("UpdateService", FaultKind::Lost)
        }];
        let seen: Vec<bool> = [
            "RunTask",
            "UpdateService",
            "UpdateService",
            "RunTask",
            "UpdateService",
            "UpdateService",
        ]
        .iter()
        .map(|o| take(&mut faults, o).is_some())
        .collect();
        assert_eq!(seen, [false, false, true, false, true, false]);
        assert!(faults.is_empty());
    }

    #[test]
    fn a_fault_that_spreads_is_played_on_all_that_follows() {
        let mut faults = vec![Fault {
            spreads: true,
            ..Fault::once("RunTask", FaultKind::Expired)
        }];
        let seen = ["UpdateService", "RunTask", "UpdateService", "RunTask"]
            .map(|o| take(&mut faults, o).is_some());
        assert_eq!(seen, [false, true, true, true]);
    }

    #[test]
    fn register_is_denied_for_the_role_that_it_passes() {
        let request = json!({"executionRoleArn": "arn:aws:iam::1:role/x"});
        let told = refusal(FaultKind::Denied, "RegisterTaskDefinition", "1", &request).unwrap();
        assert!(told.message.contains(
            "not authorized to perform: iam:PassRole on resource: arn:aws:iam::1:role/x"
        ));
        let told = refusal(FaultKind::Denied, "UpdateService", "1", &json!({})).unwrap();
        assert!(told.message.contains("ecs:UpdateService"));
    }
}
