//! Why a call to AWS did not give what was asked for, as far as a caller must decide on it.

use std::error::Error as StdError;
use std::fmt;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::error::{Error, ErrorKind};

/// What kind of failure a call met with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Too many calls, also after all attempts.
    Throttled,
    /// The caller lacks a permission.
    Denied,
    /// The credentials ended.
    Expired,
    /// There are no credentials, no region, or AWS does not know them.
    Credentials,
    /// What was named does not exist.
    NotFound,
    /// AWS does not accept the request as it is.
    Invalid,
    /// A fault on AWS's side.
    Server,
    /// No connection, or no answer in time.
    Network,
    /// An answer came, and it is not one of this API.
    Malformed,
    /// The endpoint does not know the operation.
    Unsupported,
}

/// A call that did not give what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallError {
    /// The operation as IAM names it: `ecs:RegisterTaskDefinition`.
    pub operation: &'static str,
    /// What kind of failure.
    pub class: Class,
    /// AWS's error code, where it sent one.
    pub code: Option<String>,
    /// AWS's message or, where no answer came, the cause.
    pub message: String,
    /// Status of the HTTP answer, where one came.
    pub http_status: Option<u16>,
    /// The call changes something, and may have done so although it failed: look before calling
    /// again.
    pub maybe_done: bool,
    /// AWS's request id, where it sent one.
    pub request_id: Option<String>,
}

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
fn class_of(code: Option<&str>, status: Option<u16>) -> Class {
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
    /// Reads the SDK's error. `changing` says that the operation changes something.
    pub(crate) fn of<E>(
        operation: &'static str,
        changing: bool,
        error: &SdkError<E, HttpResponse>,
    ) -> Self
    where
        E: StdError + ProvideErrorMetadata + 'static,
    {
        match error.raw_response() {
            Some(answer) => Self::of_answer(operation, changing, error, answer),
            None => Self::of_silence(operation, changing, error),
        }
    }

    fn of_answer<E>(
        operation: &'static str,
        changing: bool,
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
            message,
            http_status: Some(status),
            maybe_done: changing && matches!(class, Class::Server | Class::Malformed),
            request_id: request_id(answer),
        }
    }

    fn of_silence<E>(
        operation: &'static str,
        changing: bool,
        error: &SdkError<E, HttpResponse>,
    ) -> Self
    where
        E: StdError + 'static,
    {
        let (class, message) = match find::<CredentialsError>(error) {
            Some(credentials) => (Class::Credentials, chain_text(credentials)),
            None if chain_text(error).to_lowercase().contains("region") => {
                (Class::Credentials, "no region is set".to_owned())
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
            maybe_done: changing && sent,
            request_id: None,
        }
    }

    /// An answer that came with a good status and is not what the API promises.
    pub(crate) fn malformed(
        operation: &'static str,
        changing: bool,
        message: impl Into<String>,
    ) -> Self {
        Self {
            operation,
            class: Class::Malformed,
            code: None,
            message: message.into(),
            http_status: Some(200),
            maybe_done: changing,
            request_id: None,
        }
    }

    /// The error as the user sees it. `changed` says that this run has changed something before.
    #[must_use]
    pub fn into_error(self, changed: bool) -> Error {
        let kind = if changed || self.maybe_done {
            ErrorKind::AwsRefusedAfterChange
        } else {
            ErrorKind::AwsRefused
        };
        let hint = self.hint();
        let maybe_done = self.maybe_done;
        let error = Error::new(kind, self);
        let error = match hint {
            Some(hint) => error.hint(hint),
            None => error,
        };
        if maybe_done {
            return error.hint("AWS may have done it all the same; run the same command again: it looks first and does nothing twice");
        }
        error
    }

    fn hint(&self) -> Option<String> {
        Some(match self.class {
            Class::Denied => match denied_action(&self.message) {
                Some((action, Some(resource))) => format!("allow `{action}` on `{resource}` in the caller's IAM policy"),
                Some((action, None)) => format!("allow `{action}` in the caller's IAM policy"),
                None => format!("allow `{}` in the caller's IAM policy", self.operation),
            },
            Class::Credentials if self.message.contains("region") => {
                "set `region` in acetate.toml, `--region`, or `AWS_REGION`".to_owned()
            }
            Class::Credentials => "give credentials as for any AWS tool: environment variables, `--profile`, `aws sso login`, \
                 web identity, or the role of the machine"
                .to_owned(),
            Class::Expired => "get new credentials (`aws sso login`, or a new session of the pipeline) and run the command again".to_owned(),
            Class::Throttled => "other callers of this account and region use up the rate; try again later".to_owned(),
            Class::Network => "check `--endpoint-url`, the region, proxy settings and the network".to_owned(),
            Class::Server | Class::Malformed => {
                "try again; where an own endpoint is set, check that it is really AWS's API".to_owned()
            }
            Class::NotFound | Class::Invalid | Class::Unsupported => return None,
        })
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operation = self.operation;
        match self.class {
            Class::Throttled => write!(f, "`{operation}` was throttled to the end")?,
            Class::Denied => write!(f, "`{operation}` was denied")?,
            Class::Expired => write!(f, "credentials expired at `{operation}`")?,
            Class::Credentials => write!(f, "no usable credentials for `{operation}`")?,
            Class::NotFound => write!(f, "`{operation}` found nothing")?,
            Class::Invalid => write!(f, "`{operation}` was refused")?,
            Class::Server => write!(f, "`{operation}` failed on AWS's side")?,
            Class::Network => write!(f, "`{operation}` got no answer")?,
            Class::Malformed => write!(f, "`{operation}` got an answer that is none of this API")?,
            Class::Unsupported => write!(f, "`{operation}` is not supported here")?,
        }
        match (&self.code, self.http_status) {
            (Some(code), _) => write!(f, ": `{code}`")?,
            (None, Some(status)) => write!(f, ": HTTP {status}")?,
            (None, None) => {}
        }
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        match &self.request_id {
            Some(id) => write!(f, " (request `{id}`)"),
            None => Ok(()),
        }
    }
}

impl StdError for CallError {}

/// Whether the request never left: no connection was made. Such a call may be made again without
/// a look.
pub(crate) fn never_sent(error: &(dyn StdError + 'static)) -> bool {
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

fn xml_text(body: &str, element: &str) -> Option<String> {
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

/// The action and the resource in "… is not authorized to perform: A on resource: R …".
fn denied_action(message: &str) -> Option<(String, Option<String>)> {
    let (_, rest) = message.split_once("to perform: ")?;
    let word = |text: &str| {
        text.split_whitespace()
            .next()
            .map(|w| w.trim_end_matches([',', '.']).to_owned())
    };
    let action = word(rest)?;
    let resource = rest.split_once("on resource: ").and_then(|(_, r)| word(r));
    Some((action, resource))
}

#[cfg(test)]
#[path = "error_tests.rs"]
mod tests;
