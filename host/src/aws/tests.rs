//! Calls against a server that answers as it is told, on loopback.

mod lookups;
mod regions;
pub(super) mod server;

use serde_json::json;

use super::*;
use crate::task_definition::TaskDefinition;
use server::{Answer, Server};

pub(super) async fn aws(url: &str) -> Aws {
    let connection = Connection {
        region: Some("eu-west-1".to_owned()),
        endpoint_url: Some(url.to_owned()),
        ..Connection::default()
    };
    let credentials = aws_credential_types::Credentials::new("key", "secret", None, None, "tests");
    let loader = connect::loader(&connection).credentials_provider(credentials);
    let aws = connect(&connection).unwrap();
    aws.config.set(loader.load().await).unwrap();
    aws
}

impl Aws {
    /// The same with so many attempts for a call.
    pub(super) async fn with_attempts(&self, attempts: u32) -> Self {
        let config = self.config().await.clone().into_builder();
        let config = config.retry_config(connect::retries(attempts)).build();
        Self {
            config: OnceCell::new_with(Some(config)),
            ..connect(&Connection::default()).unwrap()
        }
    }
}

fn definition() -> TaskDefinition {
    TaskDefinition::new(json!({ "family": "web", "containerDefinitions": [] })).unwrap()
}

const REGISTERED: &str =
    r#"{"taskDefinition":{"taskDefinitionArn":"arn:aws:ecs:eu-west-1:1:task-definition/web:1"}}"#;
const THROTTLED: Answer = Answer::Json(
    400,
    r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#,
);
const HTML: Answer = Answer::Html(503, "<html><body>Service Unavailable</body></html>");

#[tokio::test]
async fn bytes_go_out_and_come_in_as_they_are() {
    let text = br#"{"family":"web","containerDefinitions":[{"name":"app","cpu":1.0,"future":{"z":1,"a":12345678901234567890}}],"networkMode":"warp"}"#;
    let described = r#"{"taskDefinition":{"family":"web","futureTop":1E3,"networkMode":"warp","b":1.50,"a":null},"tags":[]}"#;
    let registered = Answer::Json(200, REGISTERED);
    let server = Server::start(vec![registered, Answer::Json(200, described)]);
    let aws = aws(&server.url).await;
    let definition = TaskDefinition::new(serde_json::from_slice(text).unwrap()).unwrap();
    let answer = aws.register_task_definition(&definition).await.unwrap();
    assert_eq!(answer.arn, "arn:aws:ecs:eu-west-1:1:task-definition/web:1");
    let raw = aws.describe_task_definition("web").await.unwrap().unwrap();
    assert_eq!(raw.to_string(), described);
    let requests = server.requests();
    assert_eq!(requests[0].body, text);
    assert!(
        requests[0].head.contains("RegisterTaskDefinition")
            && requests[0].head.contains("Credential=key/")
    );
    assert!(requests[1].head.contains("DescribeTaskDefinition"));
    assert_eq!(
        requests[1].body,
        br#"{"taskDefinition":"web","include":["TAGS"]}"#
    );
}

/// The SDK's model asks for `type` in both places, and fails where AWS does not send it.
#[tokio::test]
async fn an_answer_is_taken_though_the_sdk_cannot_read_it() {
    let described = r#"{"taskDefinition":{"taskDefinitionArn":"arn:web:1","containerDefinitions":[{"firelensConfiguration":{},"environmentFiles":[{}]}]}}"#;
    let server = Server::start(vec![
        Answer::Json(200, described),
        Answer::Json(200, described),
    ]);
    let aws = aws(&server.url).await;
    let answer = aws.describe_task_definition("web").await.unwrap().unwrap();
    assert_eq!(answer.to_string(), described);
    let registered = aws.register_task_definition(&definition()).await.unwrap();
    assert_eq!(registered.arn, "arn:web:1");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn what_may_have_been_done_is_not_repeated() {
    for (answer, class) in [
        (Answer::Nothing, Class::Network),
        (HTML, Class::Server),
        (
            Answer::Json(500, r#"{"__type":"ServerException","message":"m"}"#),
            Class::Server,
        ),
        (Answer::Json(200, r#"{"taskDefinition":"#), Class::Malformed),
        (Answer::Json(200, "{}"), Class::Malformed),
    ] {
        let server = Server::start(vec![answer.clone(), Answer::Json(200, REGISTERED)]);
        let error = aws(&server.url)
            .await
            .register_task_definition(&definition())
            .await
            .unwrap_err();
        assert_eq!(
            (error.class, error.maybe_done),
            (class, true),
            "{answer:?}: {error}"
        );
        assert_eq!(server.requests().len(), 1, "{answer:?}");
        assert_eq!(
            error.into_error(false).kind,
            ErrorKind::AwsRefusedAfterChange
        );
        let server = Server::start(vec![answer.clone(), Answer::Json(200, r#"{"service":{}}"#)]);
        let error = aws(&server.url)
            .await
            .update_service("c", "web", "web:1", false)
            .await
            .unwrap_err();
        assert_eq!(
            (error.class, error.maybe_done),
            (class, true),
            "{answer:?}: {error}"
        );
        assert_eq!(server.requests().len(), 1, "{answer:?}");
    }
}

#[tokio::test]
async fn what_was_throttled_is_repeated() {
    let server = Server::start(vec![THROTTLED, Answer::Json(200, REGISTERED)]);
    assert!(
        aws(&server.url)
            .await
            .register_task_definition(&definition())
            .await
            .is_ok()
    );
    assert_eq!(server.requests().len(), 2);
    // A quota that is full looks like a rate to the SDK.
    let full = Answer::Json(
        400,
        r#"{"__type":"LimitExceededException","message":"quota"}"#,
    );
    let server = Server::start(vec![full, Answer::Json(200, REGISTERED)]);
    let error = aws(&server.url)
        .await
        .register_task_definition(&definition())
        .await
        .unwrap_err();
    assert_eq!(
        (error.class, error.maybe_done, server.requests().len()),
        (Class::Invalid, false, 1)
    );
}

#[tokio::test]
async fn reading_is_repeated() {
    let service = r#"{"services":[{"serviceName":"web"}],"failures":[]}"#;
    let server = Server::start(vec![
        HTML,
        Answer::Nothing,
        THROTTLED,
        Answer::Json(200, service),
    ]);
    let found = aws(&server.url)
        .await
        .describe_services("c", &["web".to_owned()])
        .await
        .unwrap();
    assert_eq!(found[0].as_ref().unwrap().name, "web");
    assert_eq!(server.requests().len(), 4);
}

const BROKEN: Answer = Answer::Json(200, r#"{"services":["#);

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_asked_for_again_a_few_times() {
    let good = Answer::Json(200, r#"{"services":[{"serviceName":"web"}],"failures":[]}"#);
    let proxy = Answer::Html(200, "<html>come back later</html>");
    let server = Server::start(vec![BROKEN, proxy, good.clone()]);
    let web = ["web".to_owned()];
    let found = aws(&server.url).await.describe_services("c", &web).await;
    assert_eq!(found.unwrap()[0].as_ref().unwrap().name, "web");
    // An endpoint that gives nothing else is not asked for minutes.
    let server = Server::start(vec![BROKEN, BROKEN, BROKEN, good]);
    let error = aws(&server.url).await.describe_services("c", &web).await;
    let error = error.unwrap_err();
    assert_eq!(
        (error.class, error.maybe_done, server.requests().len()),
        (Class::Malformed, false, 3),
        "{error}"
    );
    let account = "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
    let server = Server::start(vec![BROKEN, Answer::Xml(200, account)]);
    let aws = aws(&server.url).await;
    assert_eq!(aws.caller_account().await, Ok("1"));
}

/// JSON of something else is not an answer that found nothing.
#[tokio::test]
async fn an_answer_accounts_for_what_was_asked_for() {
    let other = Answer::Json(200, r#"{"message":"hello"}"#);
    let good = Answer::Json(
        200,
        r#"{"services":[],"failures":[{"arn":"web","reason":"MISSING"}]}"#,
    );
    let server = Server::start(vec![other.clone(), good]);
    let web = ["web".to_owned()];
    let found = aws(&server.url).await.describe_services("c", &web).await;
    assert!(found.unwrap()[0].is_err());
    assert_eq!(server.requests().len(), 2);
    let server = Server::start(vec![other; 3]);
    let error = aws(&server.url).await.task("c", "arn:task/1").await;
    assert_eq!(error.unwrap_err().class, Class::Malformed);
    // Where nothing seems to refer to a revision, it is pruned.
    for answer in [r#"{"message":"hello"}"#, r#"{"clusterArns":[]}"#, "{}"] {
        let server = Server::start(vec![Answer::Json(200, answer)]);
        let found = aws(&server.url).await.clusters().await;
        assert_eq!(found.is_err(), answer.contains("hello"), "{answer}");
    }
}

#[tokio::test]
async fn a_task_whose_answer_cannot_be_read_is_asked_for_under_the_same_token() {
    let body = json!({ "clientToken": "t", "taskDefinition": "web:1" });
    let task = Answer::Json(200, r#"{"tasks":[{"taskArn":"arn:task/1"}],"failures":[]}"#);
    let server = Server::start(vec![BROKEN, task]);
    let started = aws(&server.url).await.run_task(&body).await.unwrap();
    assert_eq!(started.unwrap().end.arn, "arn:task/1");
    let requests = server.requests();
    assert_eq!(requests[0].body, requests[1].body);
    // What is neither a task nor a failure may be a task.
    let server = Server::start(vec![Answer::Json(200, "{}")]);
    let error = aws(&server.url).await.run_task(&body).await.unwrap_err();
    assert!(error.maybe_done, "{error}");
}

#[tokio::test]
async fn only_what_changes_is_sent() {
    let server = Server::start(vec![Answer::Json(200, r#"{"service":{}}"#); 2]);
    let aws = aws(&server.url).await;
    aws.update_service("c", "web", "web:1", false)
        .await
        .unwrap();
    aws.update_service("c", "web", "web:1", true).await.unwrap();
    let bodies: Vec<String> = server
        .requests()
        .into_iter()
        .map(|r| String::from_utf8(r.body).unwrap())
        .collect();
    assert_eq!(
        bodies[0],
        r#"{"cluster":"c","service":"web","taskDefinition":"web:1"}"#
    );
    assert_eq!(
        bodies[1],
        r#"{"cluster":"c","service":"web","taskDefinition":"web:1","forceNewDeployment":true}"#
    );
}

#[tokio::test]
async fn refusals_have_their_class() {
    let xml = "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>no match</Message></Error></ErrorResponse>";
    for (answer, class, code) in [
        (
            Answer::Xml(403, xml),
            Class::Credentials,
            Some("SignatureDoesNotMatch"),
        ),
        (
            Answer::Json(
                400,
                r#"{"__type":"com.amazonaws.ecs#AccessDeniedException","Message":"no"}"#,
            ),
            Class::Denied,
            Some("AccessDeniedException"),
        ),
        (
            Answer::Json(400, r#"{"__type":"ExpiredTokenException","message":"old"}"#),
            Class::Expired,
            Some("ExpiredTokenException"),
        ),
        (
            Answer::Json(400, r#"{"__type":"ClusterNotFoundException"}"#),
            Class::NotFound,
            Some("ClusterNotFoundException"),
        ),
        (Answer::Html(404, "<html>"), Class::NotFound, None),
    ] {
        let server = Server::start(vec![answer.clone()]);
        let error = aws(&server.url)
            .await
            .describe_services("c", &["web".to_owned()])
            .await
            .unwrap_err();
        assert_eq!(
            (error.class, error.code.as_deref()),
            (class, code),
            "{answer:?}: {error}"
        );
    }
    let absent = Answer::Json(
        400,
        r#"{"__type":"ClientException","message":"Unable to describe task definition."}"#,
    );
    let server = Server::start(vec![absent]);
    assert_eq!(
        aws(&server.url).await.describe_task_definition("web").await,
        Ok(None)
    );
}

#[tokio::test]
async fn no_connection_is_nothing_done() {
    // Bound, then given back: nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let aws = aws(&format!("http://127.0.0.1:{port}")).await;
    let aws = aws.with_attempts(2).await;
    let error = aws
        .register_task_definition(&definition())
        .await
        .unwrap_err();
    assert_eq!(
        (error.class, error.maybe_done),
        (Class::Network, false),
        "{error}"
    );
}

#[test]
fn an_endpoint_is_a_url() {
    for (url, good) in [
        ("http://127.0.0.1:1", true),
        ("https://x", true),
        ("127.0.0.1:1", false),
        ("http://", false),
        ("", false),
    ] {
        let connection = Connection {
            endpoint_url: Some(url.to_owned()),
            ..Connection::default()
        };
        assert_eq!(connect(&connection).is_ok(), good, "{url}");
    }
}
