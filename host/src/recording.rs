//! Recordings: all that a run was told from outside, so that it can be run again without anybody
//! to ask. With the same configuration, plugins and inputs a replay gives the same bytes.
//!
//! A recording holds the template, what was found of the service, and the reply to each question
//! of a plugin. It holds no value of a SecureString or of Secrets Manager, because no reply does;
//! a template that is a SecureString is not recorded at all. Plain values it does hold, so it is
//! written for its owner only. A sum over the content tells what was cut or changed by accident;
//! who may write the file may of course write another sum.

mod answers;
mod file;
mod replayed;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::plugin::Asked;
use crate::wait::observation::ServiceView;
use answers::Kept;
pub use file::{FileError, get, put, read, write};

/// The version of the form.
const VERSION: u64 = 1;
const HEAD: &str = "acetate-recording";

/// How much of the world a run looked at. Who looked at more can replay who looks at less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Extent {
    /// The template, and what plugins asked for.
    Template,
    /// Also the latest revision of the target family.
    Latest,
    /// Also the service and the revision that it runs.
    Service,
}

/// A template as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct KeptTemplate {
    /// What acetate.toml says.
    pub asked_for: String,
    /// The exact reference.
    pub reference: String,
    /// The text as it came.
    pub text: String,
}

/// A registered revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct KeptRevision {
    /// Its ARN.
    pub arn: String,
    /// Its content, in the shape that is registered.
    pub definition: Value,
}

/// The template that the running revision was made from, or why it is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeptThen {
    /// Its content.
    Definition(Value),
    /// One fragment, for people.
    Unknown(String),
}

/// All that a run was told from outside.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// The facts of the service.
    pub world: KeptWorld,
    /// What plugins asked, and what they were replied.
    pub asked: Asked,
}

/// The facts of one service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct KeptWorld {
    /// How much was looked at.
    pub extent: Extent,
    /// The template.
    pub template: KeptTemplate,
    /// The family to register into.
    pub family: String,
    /// The AWS region, if one was given or found.
    pub region: Option<String>,
    /// The service.
    pub service: Option<ServiceView>,
    /// The revision that it is set to.
    pub running: Option<KeptRevision>,
    /// The latest ACTIVE revision of the family.
    pub latest: Option<KeptRevision>,
    /// The template of then, where it was looked for.
    pub template_then: Option<KeptThen>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Content {
    world: KeptWorld,
    answers: Vec<Kept>,
}

/// Why a text is no recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadRecording {
    /// It is no JSON, or its end is missing.
    NotJson(String),
    /// It is JSON of something else.
    NotARecording,
    /// It is of another version of the form.
    Version(String),
    /// Its content is not what it was when it was written.
    Changed,
    /// Its sum is right, its content is none of a recording.
    Content(String),
}

impl fmt::Display for BadRecording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson(why) => write!(f, "it is no JSON, or was cut: {why}"),
            Self::NotARecording => f.write_str("it is no recording of acetate"),
            Self::Version(version) => {
                write!(
                    f,
                    "it is of version {version}, and this acetate reads {VERSION}"
                )
            }
            Self::Changed => f.write_str(
                "it was changed since it was written: its `sha256` is of another content",
            ),
            Self::Content(why) => write!(f, "its content is none of a recording: {why}"),
        }
    }
}

impl std::error::Error for BadRecording {}

impl Recording {
    /// The text of a file: JSON, sorted, with a sum over the content.
    #[must_use]
    pub fn to_text(&self) -> String {
        let content = Content {
            world: self.world.clone(),
            answers: answers::kept(&self.asked),
        };
        let content = serde_json::to_value(content).expect("texts and numbers are JSON");
        let text = serde_json::json!({
            HEAD: VERSION,
            "sha256": sum(&content),
            "content": content,
        });
        format!("{text:#}\n")
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// See [`BadRecording`].
    pub fn parse(text: &[u8]) -> Result<Self, BadRecording> {
        let mut text: Value =
            serde_json::from_slice(text).map_err(|why| BadRecording::NotJson(why.to_string()))?;
        let version = text.get(HEAD).ok_or(BadRecording::NotARecording)?;
        if version.as_u64() != Some(VERSION) {
            return Err(BadRecording::Version(version.to_string()));
        }
        let content = text.get_mut("content").map(Value::take).unwrap_or_default();
        if text.get("sha256").and_then(Value::as_str) != Some(sum(&content).as_str()) {
            return Err(BadRecording::Changed);
        }
        let content: Content = serde_json::from_value(content)
            .map_err(|why| BadRecording::Content(why.to_string()))?;
        Ok(Self {
            world: content.world,
            asked: answers::asked(content.answers).map_err(BadRecording::Content)?,
        })
    }
}

fn sum(content: &Value) -> String {
    format!("{:x}", Sha256::digest(content.to_string()))
}

#[cfg(test)]
#[path = "recording/tests.rs"]
mod tests;
