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
        ["allow `iam:PassRole` on `arn:aws:iam::1:role/app` in the caller's IAM policy"]
    );
}

#[test]
fn what_may_have_been_done_is_said() {
    let error = CallError::malformed("ecs:UpdateService", true, "no `service`").into_error(false);
    assert_eq!(error.kind, ErrorKind::AwsRefusedAfterChange);
    assert_eq!(
        CallError::malformed("ecs:DescribeServices", false, "x")
            .into_error(false)
            .kind,
        ErrorKind::AwsRefused
    );
    assert_eq!(
        CallError::malformed("ecs:DescribeServices", false, "x")
            .into_error(true)
            .kind,
        ErrorKind::AwsRefusedAfterChange
    );
}
