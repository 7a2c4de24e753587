//! What the host looks up on a plugin's behalf: questions and replies as data, so that they can
//! be asked once in a run, recorded, and given again.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::edit::Failure;

/// Something that a plugin may ask about the world. The text is the name that it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Question {
    /// Names of the SSM parameters that start with this: a list.
    ParameterNames(String),
    /// ARN of a parameter: a text.
    ParameterArn(String),
    /// `String`, `StringList` or `SecureString`: a text.
    ParameterKind(String),
    /// Value of a plain parameter: a text; `invalid` for a SecureString.
    ParameterValue(String),
    /// Names of the secrets that start with this: a list.
    SecretNames(String),
    /// ARN of a secret: a text.
    SecretArn(String),
    /// Names of a secret's JSON keys: a list.
    SecretKeys(String),
    /// `sha256:…` of what an image reference names now: a text.
    ImageDigest(String),
    /// Paths in a folder of the project (`` for the project itself), folders with `/` at the end:
    /// a list.
    FileEntries(String),
    /// A file of the project, whole: bytes.
    FileRead(String),
}

/// The shape of what is replied to a question, where it is not [`Reply::Absent`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// [`Reply::Text`].
    Text,
    /// [`Reply::List`].
    List,
    /// [`Reply::Bytes`].
    Bytes,
}

impl Question {
    /// What a plugin must have been granted, its name in `grant`, and the name it asks about.
    #[must_use]
    pub fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::ParameterNames(of) | Self::ParameterArn(of) | Self::ParameterKind(of) => {
                ("parameters", of)
            }
            Self::ParameterValue(of) => ("parameter-values", of),
            Self::SecretNames(of) | Self::SecretArn(of) => ("secret-names", of),
            Self::SecretKeys(of) => ("secret-keys", of),
            Self::ImageDigest(of) => ("images", of),
            Self::FileEntries(of) | Self::FileRead(of) => ("files", of),
        }
    }

    /// The shape of its reply.
    #[must_use]
    pub const fn shape(&self) -> Shape {
        match self {
            Self::ParameterNames(_)
            | Self::SecretNames(_)
            | Self::SecretKeys(_)
            | Self::FileEntries(_) => Shape::List,
            Self::FileRead(_) => Shape::Bytes,
            _ => Shape::Text,
        }
    }
}

/// What is replied to a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// There is no such thing.
    Absent,
    /// A text.
    Text(String),
    /// A list, complete and sorted.
    List(Vec<String>),
    /// Bytes.
    Bytes(#[serde(with = "base64")] Vec<u8>),
}

impl Reply {
    /// The text, or none.
    ///
    /// # Errors
    /// `unavailable` where it is no text.
    pub fn text(self) -> Result<Option<String>, Failure> {
        match self {
            Self::Absent => Ok(None),
            Self::Text(text) => Ok(Some(text)),
            _ => Err(misshapen()),
        }
    }

    /// The list.
    ///
    /// # Errors
    /// `unavailable` where it is no list.
    pub fn list(self) -> Result<Vec<String>, Failure> {
        match self {
            Self::List(list) => Ok(list),
            _ => Err(misshapen()),
        }
    }

    /// The bytes.
    ///
    /// # Errors
    /// `unavailable` where it is no bytes.
    pub fn bytes(self) -> Result<Vec<u8>, Failure> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            _ => Err(misshapen()),
        }
    }
}

fn misshapen() -> Failure {
    Failure::new(
        "unavailable",
        "the reply is not of the shape that was asked for",
    )
}

/// Time ran out before there was a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Late;

/// A reply, or why there is none.
pub type Replied = Result<Reply, Failure>;

/// The world as plugins may ask about it. Called from the thread that runs the plugin.
///
/// No value of a SecureString or of Secrets Manager ever leaves an implementation.
pub trait Lookups: Send + Sync {
    /// Replies to one question within this time; every question is replied to the same for the
    /// whole run, whatever was asked before it.
    ///
    /// # Errors
    /// [`Late`], by which the call has ended: nothing goes on behind it. Inside, a failure for
    /// the plugin: `not-found`, `invalid`, `too-large`, `unavailable`.
    fn ask(&self, question: &Question, within: Duration) -> Result<Replied, Late>;
}

/// Replies to nothing: for runs without AWS and without a project folder.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoLookups;

impl Lookups for NoLookups {
    fn ask(&self, _: &Question, _: Duration) -> Result<Replied, Late> {
        let message = "nothing can be looked up in this run";
        Ok(Err(Failure::new("unavailable", message)))
    }
}

/// Bytes as they go through a pipe.
mod base64 {
    use aws_smithy_types::base64::{decode, encode};
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&encode(bytes))
    }

    pub(super) fn deserialize<'a, D: Deserializer<'a>>(from: D) -> Result<Vec<u8>, D::Error> {
        decode(String::deserialize(from)?).map_err(D::Error::custom)
    }
}
