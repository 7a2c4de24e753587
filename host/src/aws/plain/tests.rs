//! Each protocol against a server that answers as it is told.

use serde_json::json;

use super::*;
use crate::aws::tests::aws;
use crate::aws::tests::server::{Answer, Server};

const EVENTS_OF_A_LOG: &str =
    r#"{"events":[{"timestamp":1,"message":"late","ingestionTime":2}],"nextForwardToken":"f/1"}"#;

async fn look(aws: &Aws) -> Result<Value, CallError> {
    let request = json!({});
    aws.call_json(&LOGS, "logs:GetLogEvents", None, &request)
        .await
}

#[tokio::test]
async fn json_goes_out_signed_and_comes_in() {
    let server = Server::start(vec![Answer::Json(200, EVENTS_OF_A_LOG); 2]);
    let aws = aws(&server.url).await;
    let request = json!({ "logGroupName": "/ecs/web", "logStreamName": "web/app/1" });
    let operation = "logs:GetLogEvents";
    let answer = aws.call_json(&LOGS, operation, None, &request).await;
    assert_eq!(answer.unwrap().to_string(), EVENTS_OF_A_LOG);
    let elsewhere = aws.call_json(&LOGS, operation, Some("us-east-2"), &request);
    elsewhere.await.unwrap();
    let requests = server.requests();
    assert_eq!(requests[0].body, request.to_string().as_bytes());
    let head = &requests[0].head;
    for part in [
        "POST / HTTP/1.1",
        "x-amz-target: Logs_20140328.GetLogEvents",
        "content-type: application/x-amz-json-1.1",
        "/eu-west-1/logs/aws4_request",
        "Credential=key/",
        "aws-sdk-rust",
    ] {
        assert!(head.contains(part), "{part}: {head}");
    }
    assert!(requests[1].head.contains("/us-east-2/logs/aws4_request"));
}

#[tokio::test]
async fn a_path_is_asked_for() {
    let server = Server::start(vec![Answer::Json(200, r#"{"Schedules":[]}"#)]);
    let aws = aws(&server.url).await;
    let path = format!("/schedules?NextToken={}", encoded("a/b+c="));
    let answer = aws.call_get(&SCHEDULER, "scheduler:ListSchedules", None, &path);
    assert_eq!(answer.await.unwrap(), json!({ "Schedules": [] }));
    let head = &server.requests()[0].head;
    assert!(
        head.starts_with("GET /schedules?NextToken=a%2Fb%2Bc%3D HTTP/1.1"),
        "{head}"
    );
    assert!(head.contains("/eu-west-1/scheduler/aws4_request"), "{head}");
}

#[tokio::test]
async fn a_form_goes_out_and_xml_comes_in() {
    let role = "<GetRoleResponse><GetRoleResult><Role><RoleName>web</RoleName></Role></GetRoleResult></GetRoleResponse>";
    let server = Server::start(vec![Answer::Xml(200, role)]);
    let aws = aws(&server.url).await;
    let members = [("RoleName".to_owned(), "a b&c".to_owned())];
    let answer = aws.call_query(&IAM, "iam:GetRole", None, &members).await;
    assert_eq!(answer.unwrap(), json!({ "Role": { "RoleName": "web" } }));
    let request = &server.requests()[0];
    assert_eq!(
        String::from_utf8_lossy(&request.body),
        "Action=GetRole&Version=2010-05-08&RoleName=a%20b%26c"
    );
    assert!(request.head.contains("/us-east-1/iam/aws4_request"));
}

#[tokio::test]
async fn refusals_have_their_class_and_words() {
    let denied = "User: u is not authorized to perform: logs:GetLogEvents on resource: r";
    for (answer, class, code, told) in [
        (
            Answer::Json(
                400,
                r#"{"__type":"com.amazonaws.logs#AccessDeniedException","Message":"User: u is not authorized to perform: logs:GetLogEvents on resource: r"}"#,
            ),
            Class::Denied,
            Some("AccessDeniedException"),
            denied,
        ),
        (
            Answer::Json(
                400,
                r#"{"__type":"ResourceNotFoundException","message":"The specified log group does not exist."}"#,
            ),
            Class::NotFound,
            Some("ResourceNotFoundException"),
            "The specified log group does not exist.",
        ),
        (
            Answer::Xml(
                404,
                "<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>no role</Message></Error></ErrorResponse>",
            ),
            Class::NotFound,
            Some("NoSuchEntity"),
            "no role",
        ),
        (
            Answer::Xml(
                403,
                "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>",
            ),
            Class::Denied,
            Some("AccessDenied"),
            "no",
        ),
        (
            Answer::Html(404, "<html>"),
            Class::NotFound,
            None,
            "text/html",
        ),
    ] {
        let server = Server::start(vec![answer.clone()]);
        let aws = aws(&server.url).await;
        let error = look(&aws).await.unwrap_err();
        assert_eq!(
            (error.class, error.code.as_deref(), error.maybe_done),
            (class, code, false),
            "{answer:?}: {error}"
        );
        assert!(error.to_string().contains(told), "{error}");
    }
}

#[tokio::test]
async fn what_failed_on_the_way_is_tried_again() {
    let throttled = r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#;
    let server = Server::start(vec![
        Answer::Json(400, throttled),
        Answer::Html(503, "<html>"),
        Answer::Nothing,
        Answer::Json(200, r#"{"events":["#),
        Answer::Json(200, "{}"),
    ]);
    let aws = aws(&server.url).await;
    assert_eq!(look(&aws).await, Ok(json!({})));
    assert_eq!(server.requests().len(), 5);
}

#[tokio::test]
async fn an_endpoint_that_gives_nothing_readable_is_given_up() {
    let server = Server::start(vec![Answer::Html(200, "<html>log in"); 4]);
    let error = look(&aws(&server.url).await).await.unwrap_err();
    assert_eq!(
        (error.class, error.http_status, server.requests().len()),
        (Class::Malformed, Some(200), 3),
        "{error}"
    );
}

#[tokio::test]
async fn a_lost_answer_to_what_changes_may_have_been_done() {
    let server = Server::start(vec![Answer::Nothing; 12]);
    let aws = aws(&server.url).await.with_attempts(2).await;
    let error = aws.deregister("web:1").await.unwrap_err();
    assert!(error.maybe_done, "{error}");
    assert!(!look(&aws).await.unwrap_err().maybe_done);
}

#[tokio::test]
async fn without_a_region_nothing_is_sent() {
    let server = Server::start(Vec::new());
    let aws = aws(&server.url).await;
    let config = aws.config().await.to_builder().region(None).build();
    let aws = Aws {
        config: tokio::sync::OnceCell::new_with(Some(config)),
        ..crate::aws::connect(&crate::aws::Connection::default()).unwrap()
    };
    let error = look(&aws).await.unwrap_err();
    assert_eq!(error.class, Class::NoRegion, "{error}");
    assert!(error.to_string().starts_with("no region is set"), "{error}");
    let told = format!("{:?}", error.into_error(false).hints);
    for way in ["--region", "`region`", "AWS_REGION", "profile"] {
        assert!(told.contains(way), "{way}: {told}");
    }
}

#[test]
fn a_code_is_the_name_of_its_shape() {
    for (code, name) in [
        ("ResourceNotFoundException", "ResourceNotFoundException"),
        ("aws.protocols#Denied:http://internal/", "Denied"),
        ("Throttling:", "Throttling"),
    ] {
        assert_eq!(bare(code), name);
    }
}
