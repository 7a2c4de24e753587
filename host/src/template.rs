//! Where the template comes from: infrastructure code's task definition, read and pinned.

mod ecs;
mod file;
mod s3;
mod ssm;
mod stdin;

use std::fmt;

use cap_std::fs::Dir;

use crate::aws::Aws;
pub use crate::config::template_ref::TemplateRef;
use crate::error::{Error, ErrorKind};
use crate::render::content_digest;
use crate::task_definition::TaskDefinition;
use crate::task_definition::parse::{Fault, Parsed, ambiguous, from_described, parse};
use crate::task_definition::strip::strip_stamps;

/// A template as it was read. Its exact revision stays the same for the whole run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// The document in Register's shape, without anybody's stamps.
    pub definition: TaskDefinition,
    /// What was read, exactly: the task definition's ARN, `ssm:NAME:VERSION`,
    /// `s3://BUCKET/KEY?versionId=…` where the bucket keeps versions, `file:PATH`, `-`.
    pub reference: String,
    /// Digest of its content, see [`content_digest`].
    pub digest: String,
    /// The text as it came, for lines in messages.
    pub text: Vec<u8>,
    /// ARN of the task definition, where the document names one.
    pub arn: Option<String>,
    /// Whether it was kept as a SecureString: then it is written to no file.
    pub secret: bool,
}

impl Template {
    /// What it can be read from again: the reference, but none for a file or standard input. For
    /// the stamp `template-ref`.
    #[must_use]
    pub fn pinned(&self) -> Option<&str> {
        let again = self.reference != "-" && !self.reference.starts_with("file:");
        again.then_some(self.reference.as_str())
    }
}

/// A text and the exact reference that it was read from.
struct Source {
    reference: String,
    text: Vec<u8>,
    secret: bool,
}

/// Refuses to register into the family that an `ecs:` template is read from: that family is
/// infrastructure code's.
///
/// # Errors
/// [`ErrorKind::Refused`] where both are the same family.
pub fn check_family(reference: &TemplateRef, family: &str) -> Result<(), Error> {
    match reference {
        TemplateRef::Ecs { family: theirs, .. } if theirs == family => {
            let message =
                format!("`{family}` is the template's own family, which acetate never writes to");
            Err(Error::new(ErrorKind::Refused, message)
                .hint("give acetate a family of its own, `family = \"…\"`; infrastructure code keeps the template's"))
        }
        _ => Ok(()),
    }
}

/// Reads a template. `folder` is the project's, for `file:`.
///
/// # Errors
/// [`ErrorKind::Input`] where there is no such template or it is none; AWS's refusals as
/// [`ErrorKind::AwsRefused`].
pub async fn read(reference: &TemplateRef, aws: &Aws, folder: &Dir) -> Result<Template, Error> {
    let source = match reference {
        TemplateRef::Ecs { family, revision } => return ecs::read(aws, family, *revision).await,
        TemplateRef::Ssm { name, version } => ssm::read(aws, name, *version).await?,
        TemplateRef::S3 {
            bucket,
            key,
            version,
        } => s3::read(aws, bucket, key, version.as_deref()).await?,
        TemplateRef::File(path) => file::read(folder, path)?,
        TemplateRef::Stdin => stdin::read().await?,
    };
    parsed(source)
}

/// A template from its text, that of a file or one that was read before. `reference` is what it
/// was read from, exactly.
///
/// # Errors
/// [`ErrorKind::Input`] where it is no task definition.
pub fn from_text(reference: &str, text: Vec<u8>) -> Result<Template, Error> {
    parsed(Source {
        reference: reference.to_owned(),
        text,
        secret: false,
    })
}

fn parsed(source: Source) -> Result<Template, Error> {
    match parse(&source.text) {
        Ok(parsed) => Ok(template(parsed, source)),
        Err(faults) => Err(bad_template(&source.reference, faults)),
    }
}

fn template(parsed: Parsed, source: Source) -> Template {
    let mut definition = parsed.definition;
    strip_stamps(
        definition
            .value_mut()
            .as_object_mut()
            .expect("a task definition is an object"),
    );
    Template {
        digest: content_digest(&definition),
        definition,
        reference: source.reference,
        text: source.text,
        secret: source.secret,
        arn: parsed.arn,
    }
}

fn absent(reference: &str, hint: &str) -> Error {
    Error::new(
        ErrorKind::Input,
        format!("template `{reference}` does not exist"),
    )
    .hint(hint)
}

/// Why a text is no template: every fault, with its line and address.
#[derive(Debug)]
struct BadTemplate {
    reference: String,
    faults: Vec<Fault>,
}

impl fmt::Display for BadTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "template `{}` is no task definition: ", self.reference)?;
        let told: Vec<String> = self.faults.iter().map(ToString::to_string).collect();
        f.write_str(&told.join("; "))
    }
}

impl std::error::Error for BadTemplate {}

fn bad_template(reference: &str, faults: Vec<Fault>) -> Error {
    let mut hints: Vec<String> = faults
        .iter()
        .filter_map(|fault| fault.hint.clone())
        .collect();
    hints.dedup();
    let source = BadTemplate {
        reference: reference.to_owned(),
        faults,
    };
    hints
        .into_iter()
        .fold(Error::new(ErrorKind::Input, source), Error::hint)
}

#[cfg(test)]
#[path = "template/tests.rs"]
mod tests;
