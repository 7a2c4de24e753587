//! Faults of the wire: what the caller sees, and what was done in spite of it.

use std::time::Instant;

use acetate::local::{Fault, FaultKind};
use serde_json::json;

use super::{endpoint, register, service, world};

#[test]
fn refusals_are_aws_s_own_and_last_as_long_as_they_are_told() {
    let client = endpoint(world(&[]));
    let request = json!({"cluster": "prod", "services": ["web"]});
    let cases = [
        (FaultKind::Throttle, "ThrottlingException", "Rate exceeded"),
        (FaultKind::Expired, "ExpiredTokenException", "expired"),
        (
            FaultKind::Denied,
            "AccessDeniedException",
            "ecs:DescribeServices",
        ),
        (FaultKind::Internal, "ServerException", "try again"),
    ];
    for (kind, code, words) in cases {
        client.0.fault(Fault {
            times: 2,
            ..Fault::once("DescribeServices", kind)
        });
        for _ in 0..2 {
            let (told, message) = client.ecs("DescribeServices", &request).refusal();
            assert_eq!(told, code);
            assert!(message.contains(words), "{message}");
        }
        client.ecs("DescribeServices", &request).ok();
    }
}

#[test]
fn a_body_may_be_html_or_broken_json() {
    let client = endpoint(world(&[]));
    client
        .0
        .fault(Fault::once("DescribeServices", FaultKind::Html));
    client
        .0
        .fault(Fault::once("DescribeServices", FaultKind::Malformed));
    let request = json!({"cluster": "prod", "services": ["web"]});
    let (status, head, body) = client
        .ecs("DescribeServices", &request)
        .0
        .expect("an answer");
    assert!(
        status == 503 && head.contains("text/html") && body.starts_with("<html>"),
        "{head}{body}"
    );
    let (status, _, body) = client
        .ecs("DescribeServices", &request)
        .0
        .expect("an answer");
    assert!(
        status == 200 && serde_json::from_str::<serde_json::Value>(&body).is_err(),
        "{body}"
    );
}

#[test]
fn what_was_lost_was_done_and_what_was_reset_was_not() {
    let client = endpoint(world(&[]));
    let request = json!({"family": "web", "containerDefinitions": [{"name": "a", "image": "i", "memory": 64}]});
    for (kind, revisions) in [(FaultKind::Reset, 0), (FaultKind::Lost, 1)] {
        client.0.fault(Fault::once("RegisterTaskDefinition", kind));
        assert!(
            client.ecs("RegisterTaskDefinition", &request).0.is_none(),
            "the connection is cut"
        );
        assert_eq!(client.0.revisions("web").len(), revisions, "{kind:?}");
    }
    let journal = client.0.journal();
    let seen: Vec<_> = journal
        .entries
        .iter()
        .map(|e| (e.status, e.fault))
        .collect();
    assert_eq!(seen, [(None, Some("reset")), (None, Some("lost"))]);
    register(&client);
    assert_eq!(
        client.0.revisions("web").len(),
        2,
        "the next call is served"
    );
}

#[test]
fn a_late_answer_is_late_and_right() {
    let client = endpoint(world(&[]));
    client.0.fault(Fault {
        delay_ms: 30,
        ..Fault::once("DescribeServices", FaultKind::Delay)
    });
    let from = Instant::now();
    assert_eq!(service(&client)["serviceName"], "web");
    assert!(from.elapsed().as_millis() >= 30);
}

#[test]
fn faults_journal_and_clock_have_routes_of_their_own() {
    let client = endpoint(world(&[]));
    let faults = r#"[{"operation": "ListServices", "kind": "throttle", "times": 1}]"#;
    let (status, ..) = client
        .send("PUT /_acetate/faults HTTP/1.1\r\n", faults)
        .0
        .expect("an answer");
    assert_eq!(status, 204);
    client
        .ecs("ListServices", &json!({"cluster": "prod"}))
        .refusal();
    let journal = client.send("GET /_acetate/journal HTTP/1.1\r\n", "").ok();
    assert_eq!(journal["entries"][0]["operation"], "ListServices");
    assert_eq!(
        (&journal["entries"][0]["status"], &journal["rounds"]),
        (&json!(400), &json!(1))
    );
    let (status, ..) = client
        .send("POST /_acetate/advance HTTP/1.1\r\n", r#"{"seconds": 9}"#)
        .0
        .expect("an answer");
    assert_eq!(status, 204);
    let (status, ..) = client
        .send("PUT /_acetate/faults HTTP/1.1\r\n", r#"[{"kind": "fire"}]"#)
        .0
        .expect("an answer");
    assert_eq!(status, 400);
}
