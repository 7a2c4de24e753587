//! The SDK's error, read: its class, AWS's code and words, and whether anything was sent.

use std::error::Error as StdError;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::{CallError, Class, is_changing};
use crate::aws::profile::Unusable;
use crate::output::mask;

const THROTTLED: &[&str] = &[
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "TooManyRequestsException",
    "TooManyUpdates",
    "RequestLimitExceeded",
    "SlowDown",
];
const DENIED: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "UnauthorizedException",
    "AuthorizationError",
];
const EXPIRED: &[&str] = &[
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "TokenRefreshRequired",
];
const CREDENTIALS: &[&str] = &[
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
    "IncompleteSignature",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "InvalidAccessKeyId",
    "InvalidToken",
    "AuthFailure",
    "NotAuthorized",
    "OptInRequired",
];
const NOT_FOUND: &[&str] = &[
    "ParameterNotFound",
    "ParameterVersionNotFound",
    "NoSuchEntity",
    "NoSuchKey",
    "NoSuchBucket",
    "NoSuchVersion",
    "ServiceNotActiveException",
];
const UNSUPPORTED: &[&str] = &[
    "UnsupportedFeatureException",
    "UnknownOperationException",
    "UnknownOperation",
    "InvalidAction",
    "NotImplemented",
];

/// The class of an answer, by AWS's code and, without one, by the HTTP status.
pub(super) fn class_of(code: Option<&str>, status: Option<u16>) -> Class {
    match (code, status) {
        (Some(c), _) if THROTTLED.contains(&c) => Class::Throttled,
        (Some(c), _) if DENIED.contains(&c) => Class::Denied,
        (Some(c), _) if EXPIRED.contains(&c) => Class::Expired,
        (Some(c), _) if CREDENTIALS.contains(&c) => Class::Credentials,
        (Some(c), _) if NOT_FOUND.contains(&c) || c.ends_with("NotFoundException") => {
            Class::NotFound
        }
        (Some(c), _) if UNSUPPORTED.contains(&c) => Class::Unsupported,
        (_, Some(501)) => Class::Unsupported,
        (_, Some(429)) => Class::Throttled,
        (_, Some(500..)) => Class::Server,
        (Some(_), _) => Class::Invalid,
        (None, Some(401 | 403)) => Class::Denied,
        (None, Some(404)) => Class::NotFound,
        (None, Some(_)) => Class::Malformed,
        (None, None) => Class::Network,
    }
}

impl CallError {
    /// Reads the SDK's error.
    pub(crate) fn of<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: StdError + ProvideErrorMetadata + 'static,
    {
        match error.raw_response() {
            Some(answer) => Self::of_answer(operation, error, answer),
            None => Self::of_silence(operation, error),
        }
    }

    fn of_answer<E>(
        operation: &'static str,
        error: &SdkError<E, HttpResponse>,
        answer: &HttpResponse,
    ) -> Self
    where
        E: StdError + ProvideErrorMetadata + 'static,
    {
        let status = answer.status().as_u16();
        let body = String::from_utf8_lossy(answer.body().bytes().unwrap_or_default()).into_owned();
        let meta = error.as_service_error().map(ProvideErrorMetadata::meta);
        // XML errors come from endpoints that check signatures before they know the protocol.
        let code = meta
            .and_then(|m| m.code())
            .map(str::to_owned)
            .or_else(|| xml_text(&body, "Code"));
        let class = class_of(code.as_deref(), Some(status));
        let message = meta
            .and_then(|m| m.message())
            .map(str::to_owned)
            .or_else(|| xml_text(&body, "Message"))
            .unwrap_or_else(|| {
                if code.is_some() {
                    String::new()
                } else {
                    what_came(answer, &body)
                }
            });
        Self {
            operation,
            class,
            code,
            // AWS quotes what it was sent.
            message: mask::line(&message, &[]),
            http_status: Some(status),
            maybe_done: is_changing(operation) && matches!(class, Class::Server | Class::Malformed),
            request_id: request_id(answer),
        }
    }

    fn of_silence<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: StdError + 'static,
    {
        let (class, message) = match find::<CredentialsError>(error) {
            Some(_) if is_over(error) => (Class::Expired, chain_text(error)),
            Some(credentials) => (Class::Credentials, no_credentials(credentials)),
            None if chain_text(error).to_lowercase().contains("region") => {
                (Class::NoRegion, String::new())
            }
            None => (Class::Network, cause_text(error)),
        };
        let sent = class == Class::Network
            && !matches!(error, SdkError::ConstructionFailure(_))
            && !never_sent(error);
        Self {
            operation,
            class,
            code: None,
            message,
            http_status: None,
            maybe_done: is_changing(operation) && sent,
            request_id: None,
        }
    }
}

/// Whether the request never left: no connection was made. Such a call may be made again without
/// a look.
pub(in crate::aws) fn never_sent(error: &(dyn StdError + 'static)) -> bool {
    chain(error).any(|e| {
        let text = e.to_string();
        // What hyper says of a connection that could not be made, and the SDK of one that was
        // not made in time.
        text.contains("(Connect)") || text.contains("HTTP connect timeout")
    })
}

fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |e: &&'a (dyn StdError + 'static)| {
        (**e).source()
    })
}

fn find<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    chain(error).find_map(|e| e.downcast_ref::<T>())
}

fn chain_text(error: &(dyn StdError + 'static)) -> String {
    let mut texts: Vec<String> = chain(error).map(ToString::to_string).collect();
    texts.dedup();
    texts.join(": ")
}

/// The innermost cause: the outer ones say "dispatch failure" and the like.
fn cause_text(error: &(dyn StdError + 'static)) -> String {
    chain(error)
        .last()
        .map(ToString::to_string)
        .unwrap_or_default()
}

/// What a role is assumed with has ended itself, the token of a pipeline for one.
fn is_over(error: &(dyn StdError + 'static)) -> bool {
    let codes = ["ExpiredToken", "ExpiredIdentityToken"];
    chain(error).any(|e| codes.iter().any(|code| e.to_string().contains(code)))
}

/// The chain of providers ends with the machine's role: that it has none says that none had.
fn no_credentials(error: &CredentialsError) -> String {
    if let Some(unusable) = find::<Unusable>(error) {
        return unusable.to_string();
    }
    let text = chain_text(error);
    match error {
        CredentialsError::CredentialsNotLoaded(_) => "none were found".to_owned(),
        _ if text.contains("IMDS") => "none were found, and this machine has no role".to_owned(),
        _ => text,
    }
}

/// The text of the first element of this name.
pub(in crate::aws) fn xml_text(body: &str, element: &str) -> Option<String> {
    let (_, rest) = body.split_once(&format!("<{element}>"))?;
    let (text, _) = rest.split_once(&format!("</{element}>"))?;
    Some(text.trim().to_owned())
}

fn request_id(answer: &HttpResponse) -> Option<String> {
    let headers = answer.headers();
    headers
        .get("x-amzn-requestid")
        .or_else(|| headers.get("x-amz-request-id"))
        .map(str::to_owned)
}

/// What came instead of an answer: a page of HTML, for one.
fn what_came(answer: &HttpResponse, body: &str) -> String {
    let kind = answer
        .headers()
        .get("content-type")
        .unwrap_or("no content type");
    let start: String = body
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(80)
        .collect();
    if start.is_empty() {
        format!("an empty body ({kind})")
    } else {
        format!("a body of {kind} that starts `{start}`")
    }
}
