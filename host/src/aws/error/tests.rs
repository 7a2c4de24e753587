//! Tests of [`super`].

use super::read::class_of;
use super::*;

#[test]
fn class_by_code_then_by_status() {
    for (code, status, class) in [
        (Some("ThrottlingException"), 400, Class::Throttled),
        (Some("AccessDeniedException"), 400, Class::Denied),
        (Some("ExpiredTokenException"), 400, Class::Expired),
        (Some("UnrecognizedClientException"), 400, Class::Credentials),
        (Some("ClusterNotFoundException"), 400, Class::NotFound),
        (Some("ClientException"), 400, Class::Invalid),
        (Some("LimitExceededException"), 400, Class::Invalid),
        (Some("ServerException"), 500, Class::Server),
        (Some("UnknownOperationException"), 400, Class::Unsupported),
        (None, 503, Class::Server),
        (None, 403, Class::Denied),
        (None, 200, Class::Malformed),
    ] {
        assert_eq!(class_of(code, Some(status)), class, "{code:?} {status}");
    }
}

#[test]
fn the_denied_action_is_named() {
    let message = "User: arn:aws:sts::1:assumed-role/ci/x is not authorized to perform: iam:PassRole on resource: arn:aws:iam::1:role/app because no identity-based policy allows it";
    let error = CallError {
        operation: "ecs:RegisterTaskDefinition",
        class: Class::Denied,
        code: Some("AccessDeniedException".to_owned()),
        message: message.to_owned(),
        http_status: Some(400),
        maybe_done: false,
        request_id: None,
    };
    let error = error.into_error(false);
    assert_eq!(error.kind, ErrorKind::AwsRefused);
    assert_eq!(
        error.hints,
        [
            "allow `iam:PassRole` on `arn:aws:iam::1:role/app` in the caller's IAM policy; `acetate permissions` prints a policy with all that is needed"
        ]
    );
}

/// Each name of an operation in the sources of this module, as IAM names it.
fn operations() -> std::collections::BTreeSet<String> {
    fn read(folder: &std::path::Path, found: &mut std::collections::BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.file_stem().is_some_and(|name| name == "tests") {
                continue;
            }
            if path.is_dir() {
                read(&path, found);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let named = text.split('"').filter(|text| {
                text.split_once(':').is_some_and(|(service, operation)| {
                    let all = |text: &str, is: fn(char) -> bool| text.chars().all(is);
                    !service.is_empty()
                        && all(service, |c| c.is_ascii_lowercase())
                        && operation.starts_with(|c: char| c.is_ascii_uppercase())
                        && operation.len() > 3
                        && all(operation, |c| c.is_ascii_alphanumeric())
                })
            });
            found.extend(named.map(str::to_owned));
        }
    }
    let mut found = std::collections::BTreeSet::new();
    read(
        &std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/aws"),
        &mut found,
    );
    found
}

#[test]
fn each_operation_that_is_called_changes_something_unless_it_only_reads() {
    let all = operations();
    assert!(all.len() >= 30, "{all:?}");
    let changing: Vec<&str> = all
        .iter()
        .map(String::as_str)
        .filter(|operation| is_changing(operation))
        .collect();
    assert_eq!(
        changing,
        [
            "ecs:ContinueServiceDeployment",
            "ecs:DeregisterTaskDefinition",
            "ecs:RegisterTaskDefinition",
            "ecs:RunTask",
            "ecs:StopServiceDeployment",
            "ecs:StopTask",
            "ecs:TagResource",
            "ecs:UntagResource",
            "ecs:UpdateService",
            "ssm:PutParameter",
        ]
    );
    assert!(is_changing("ecs:SomethingNew"));
}

#[test]
fn what_may_have_been_done_is_said() {
    let error = CallError::malformed("ecs:UpdateService", "no `service`").into_error(false);
    assert_eq!(error.kind, ErrorKind::AwsRefusedAfterChange);
    assert_eq!(
        CallError::malformed("ecs:DescribeServices", "x")
            .into_error(false)
            .kind,
        ErrorKind::AwsRefused
    );
    assert_eq!(
        CallError::malformed("ecs:DescribeServices", "x")
            .into_error(true)
            .kind,
        ErrorKind::AwsRefusedAfterChange
    );
}
