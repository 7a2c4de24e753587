//! Why a call to AWS did not give what was asked for, as far as a caller must decide on it.

mod read;

use std::error::Error as StdError;
use std::fmt;

pub(super) use read::{never_sent, xml_text};

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
    /// There are no credentials, or AWS does not know them.
    Credentials,
    /// No region is set.
    NoRegion,
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

/// What is true of a call that may have been done.
const IN_DOUBT: &str = "AWS may have done it all the same; run the same command again: it looks first and does nothing twice";

/// How the names of operations begin that only read.
const READING: [&str; 5] = ["BatchGet", "Describe", "Get", "List", "Simulate"];

/// Whether an operation, named as IAM names it, changes something: all do but those that only
/// read. One that nobody thought of so counts as one that changes.
pub(crate) fn is_changing(operation: &str) -> bool {
    let name = operation.split_once(':').map_or(operation, |(_, n)| n);
    !READING.iter().any(|reading| name.starts_with(reading))
}

impl CallError {
    /// An answer that came with a good status and is not what the API promises.
    pub(crate) fn malformed(operation: &'static str, message: impl Into<String>) -> Self {
        Self {
            operation,
            class: Class::Malformed,
            code: None,
            message: message.into(),
            http_status: Some(200),
            maybe_done: is_changing(operation),
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
        match maybe_done {
            true => error.hint(IN_DOUBT),
            false => error,
        }
    }

    /// The error of a look that was to tell what became of `lost`, a call whose answer was lost; or
    /// of that call when it was made once more.
    #[must_use]
    pub fn after_lost(self, lost: &Self) -> Error {
        let says_so = self.maybe_done;
        let error = self.into_error(true);
        match says_so {
            true => error,
            false => error.hint(format!(
                "the answer to `{}` was lost before that: {IN_DOUBT}",
                lost.operation
            )),
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self.class {
            Class::Denied => {
                let what = match denied_action(&self.message) {
                    Some((action, Some(resource))) => format!("`{action}` on `{resource}`"),
                    Some((action, None)) => format!("`{action}`"),
                    None => format!("`{}`", self.operation),
                };
                format!("allow {what} in the caller's IAM policy; `acetate permissions` prints a policy with all that is needed")
            }
            Class::NoRegion => "name one with `--region`, `region` in acetate.toml, `AWS_REGION`, or `region` in the profile".to_owned(),
            Class::Credentials if self.message.contains("profile `") => {
                "name another with `--profile` or `profile` in acetate.toml; `aws configure list-profiles` lists them".to_owned()
            }
            Class::Credentials if self.code.as_deref() == Some("SignatureDoesNotMatch") => {
                "the secret access key is not that of the access key id: check that both come from one place".to_owned()
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
            Class::NoRegion => write!(f, "no region is set: `{operation}` was not sent")?,
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
mod tests;
