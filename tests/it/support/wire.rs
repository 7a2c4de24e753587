//! One call over a plain socket, as infrastructure code would make it: what tests set up with
//! must not depend on our own SDK.

use std::io::{Read, Write};

use serde_json::Value;

/// Calls an operation of ECS; the test fails where it is refused.
pub fn ecs(url: &str, operation: &str, request: &Value) -> Value {
    let target = format!("AmazonEC2ContainerServiceV20141113.{operation}");
    call(url, "ecs", &target, request)
}

/// Calls an operation of SSM; the test fails where it is refused.
pub fn ssm(url: &str, operation: &str, request: &Value) -> Value {
    call(url, "ssm", &format!("AmazonSSM.{operation}"), request)
}

fn call(url: &str, service: &str, target: &str, request: &Value) -> Value {
    let address = url.trim_start_matches("http://").trim_end_matches('/');
    let body = request.to_string();
    let head = format!(
        "POST / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/x-amz-json-1.1\r\n\
         authorization: AWS4-HMAC-SHA256 Credential=practice/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0\r\n\
         x-amz-target: {target}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = std::net::TcpStream::connect(address).expect("it listens");
    stream.write_all(head.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    let status = answer.split_whitespace().nth(1);
    assert_eq!(status, Some("200"), "{target}: {answer}");
    let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
    serde_json::from_str(body).expect("the body is JSON")
}
