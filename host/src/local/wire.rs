//! AWS's protocols on the wire: awsJson1.1 for ECS, SSM, Secrets Manager and CloudWatch Logs,
//! the query protocol for STS, and plain GET for S3.

use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::answer::Refusal;
use super::state::State;

/// Content type of awsJson1.1.
pub(crate) const JSON: &str = "application/x-amz-json-1.1";

/// How a call is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// awsJson1.1.
    Json,
    /// Form in, XML out.
    Query,
    /// S3 by path.
    Object,
}

/// A call of AWS's.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) protocol: Protocol,
    pub(crate) service: &'static str,
    pub(crate) operation: String,
    pub(crate) request: Value,
}

/// Reads a request.
pub(crate) fn read(
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Call, Refusal> {
    if signed_for(headers, "scheduler") {
        return Ok(schedules(uri));
    }
    let path = uri.path();
    let Some(target) = headers.get("x-amz-target").and_then(|t| t.to_str().ok()) else {
        return Ok(without_target(method, path, body));
    };
    let (prefix, operation) = target.split_once('.').unwrap_or((target, ""));
    let service = match prefix {
        "AmazonEC2ContainerServiceV20141113" => "ecs",
        "AmazonSSM" => "ssm",
        "secretsmanager" => "secretsmanager",
        "AmazonEC2ContainerRegistry_V20150921" => "ecr",
        "Logs_20140328" => "logs",
        "AWSEvents" => "events",
        _ => return Err(Refusal::new("UnknownOperationException", "")),
    };
    let text = if body.is_empty() { &b"{}"[..] } else { body };
    let request: Value =
        serde_json::from_slice(text).map_err(|_| Refusal::new("SerializationException", ""))?;
    if !request.is_object() {
        return Err(Refusal::new(
            "SerializationException",
            "Start of structure or map found where not expected.",
        ));
    }
    Ok(Call {
        protocol: Protocol::Json,
        service,
        operation: operation.to_owned(),
        request,
    })
}

/// Whether a request is signed for a service: what else tells who is asked by path.
fn signed_for(headers: &HeaderMap, service: &str) -> bool {
    let signed = headers
        .get(header::AUTHORIZATION)
        .and_then(|v| v.to_str().ok());
    signed.is_some_and(|signed| signed.contains(&format!("/{service}/aws4_request")))
}

/// `GET /schedules` and `GET /schedules/NAME?groupName=GROUP`.
fn schedules(uri: &Uri) -> Call {
    let pairs = uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter_map(|pair| pair.split_once('='));
    let mut request: Value = pairs
        .map(|(name, value)| (name.to_owned(), Value::from(value)))
        .collect();
    let name = uri.path().strip_prefix("/schedules/");
    if let Some(name) = name {
        request["Name"] = name.into();
        request["GroupName"] = request["groupName"].take();
    }
    Call {
        protocol: Protocol::Json,
        service: "scheduler",
        operation: if name.is_some() {
            "GetSchedule"
        } else {
            "ListSchedules"
        }
        .to_owned(),
        request,
    }
}

fn without_target(method: &Method, path: &str, body: &[u8]) -> Call {
    if [Method::GET, Method::HEAD].contains(method) {
        let operation = if method == Method::GET {
            "GetObject"
        } else {
            "HeadObject"
        };
        let request = json!({"path": path.trim_start_matches('/')});
        return Call {
            protocol: Protocol::Object,
            service: "s3",
            operation: operation.to_owned(),
            request,
        };
    }
    let request = form(body);
    let text = |name: &str| request[name].as_str().unwrap_or_default();
    Call {
        protocol: Protocol::Query,
        service: match text("Version") {
            "2010-05-08" => "iam",
            _ => "sts",
        },
        operation: text("Action").to_owned(),
        request,
    }
}

/// The fields of a form, each as text.
fn form(body: &[u8]) -> Value {
    let body = String::from_utf8_lossy(body);
    let fields = body.split('&').filter_map(|pair| pair.split_once('='));
    let fields = fields.map(|(name, value)| (unescaped(name), Value::String(unescaped(value))));
    Value::Object(fields.collect())
}

fn unescaped(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts
        .next()
        .unwrap_or_default()
        .replace('+', " ")
        .into_bytes();
    for part in parts {
        let escaped = part
            .get(..2)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        let rest = if escaped.is_some() { &part[2..] } else { part };
        bytes.extend(escaped);
        bytes.extend(rest.replace('+', " ").bytes());
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A JSON answer.
pub(crate) fn json_response(status: StatusCode, body: &Value) -> Response {
    let headers = [
        (header::CONTENT_TYPE, JSON),
        (header::HeaderName::from_static("x-amzn-requestid"), ID),
    ];
    (status, headers, body.to_string()).into_response()
}

/// The request id of every answer: nothing here is traced by it.
const ID: &str = "00000000-0000-4000-8000-000000000000";

/// A good answer of the query protocol.
pub(crate) fn query_response(operation: &str, result: &str) -> Response {
    let body = format!(
        "<{operation}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{operation}Result>{result}\
         </{operation}Result><ResponseMetadata><RequestId>{ID}</RequestId></ResponseMetadata></{operation}Response>"
    );
    xml(StatusCode::OK, body)
}

/// A refusal of the query protocol.
pub(crate) fn query_refusal(refusal: &Refusal) -> Response {
    xml_refusal(StatusCode::BAD_REQUEST, Protocol::Query, refusal)
}

/// The answer of S3 to a GET of `bucket/key`.
pub(crate) fn object(state: &State, path: &str) -> Response {
    let Some(content) = state.objects.get(path) else {
        let refusal = Refusal::new("NoSuchKey", "The specified key does not exist.");
        return xml_refusal(StatusCode::NOT_FOUND, Protocol::Object, &refusal);
    };
    let digest = Sha256::digest(content)
        .iter()
        .take(16)
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    let version = header::HeaderName::from_static("x-amz-version-id");
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::ETAG, format!("\"{digest}\"")),
        (version, digest),
    ];
    (StatusCode::OK, headers, content.clone()).into_response()
}

/// An error in XML, as STS or S3 writes it.
pub(crate) fn xml_refusal(status: StatusCode, protocol: Protocol, refusal: &Refusal) -> Response {
    let told = format!(
        "<Code>{}</Code><Message>{}</Message>",
        refusal.code, refusal.message
    );
    let body = match protocol {
        Protocol::Object => format!("<Error>{told}<RequestId>{ID}</RequestId></Error>"),
        Protocol::Query | Protocol::Json => format!(
            "<ErrorResponse><Error><Type>Sender</Type>{told}</Error><RequestId>{ID}</RequestId></ErrorResponse>"
        ),
    };
    xml(status, body)
}

fn xml(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "text/xml")], body).into_response()
}
