//! The task definition to register: the overlaid document under its family, with its stamps.

mod stamps;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub use stamps::Stamps;

use crate::config::TemplateTags;
use crate::diff::normalise;
use crate::event::{Diagnostic, Severity};
use crate::task_definition::TaskDefinition;
use crate::task_definition::strip::{STAMP_PREFIX, strip_stamps};

/// Tags that a task definition may have, by
/// [RegisterTaskDefinition](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html).
pub const MOST_TAGS: usize = 50;

/// What cannot be told of a revision that was registered with `stamp = "none"`.
pub const WITHOUT_STAMPS: &[&str] = &[
    "`status` cannot tell whether infrastructure code has changed the template since",
    "`diff` cannot tell infrastructure's changes from yours",
    "`history` cannot tell what a revision was made from",
    "an older revision cannot be found again by its content",
];

/// A task definition that is ready to be registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The document, stamps included.
    pub definition: TaskDefinition,
    /// [`content_digest`] of it.
    pub digest: String,
}

/// Puts the overlaid document under its family, in place of the template's, and stamps it. A
/// stamp that the template had is replaced. What `deploy.template-tags` says was done before the
/// overlays, by [`template_tags`].
///
/// # Errors
/// More tags than a task definition may have, or tags that are no list.
pub fn render(
    mut definition: TaskDefinition,
    family: &str,
    stamps: &Stamps,
) -> Result<Rendered, Vec<Diagnostic>> {
    let digest = content_digest(&definition);
    let members = definition.value_mut().as_object_mut();
    let members = members.expect("a task definition is an object");
    members.insert("family".to_owned(), Value::from(family));
    strip_stamps(members);
    let stamps = stamps.tags(&digest);
    if !stamps.is_empty() {
        let tags = members.entry("tags").or_insert_with(|| json!([]));
        let tags = tags.as_array_mut().ok_or_else(tags_are_no_list)?;
        tags.extend(
            stamps
                .iter()
                .map(|(key, value)| json!({ "key": key, "value": value })),
        );
    }
    let count = members
        .get("tags")
        .and_then(Value::as_array)
        .map_or(0, Vec::len);
    if count > MOST_TAGS {
        return Err(vec![too_many_tags(count, stamps.len())]);
    }
    Ok(Rendered { definition, digest })
}

/// What `deploy.template-tags` makes of a template's tags. To be done before overlays are laid
/// on: tags that they set are not the template's.
#[must_use]
pub fn template_tags(mut template: TaskDefinition, tags: TemplateTags) -> TaskDefinition {
    if tags == TemplateTags::Drop
        && let Some(members) = template.value_mut().as_object_mut()
    {
        members.shift_remove("tags");
    }
    template
}

/// SHA-256, in hexadecimal, of what a task definition means: family, stamps and AWS's own tags
/// apart, in [`normalise`]'s form, so that order, notation and what ECS fills in make no
/// difference.
#[must_use]
pub fn content_digest(definition: &TaskDefinition) -> String {
    let content = normalise(definition).to_string();
    Sha256::digest(content.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Whether two task definitions mean the same, as for [`content_digest`]: compared, not believed
/// from a stamp.
#[must_use]
pub fn same_content(a: &TaskDefinition, b: &TaskDefinition) -> bool {
    normalise(a) == normalise(b)
}

/// The stamps that a revision carries, decoded, by their names without `acetate:`. Empty for a
/// revision that somebody else registered.
#[must_use]
pub fn stamps_of(definition: &TaskDefinition) -> BTreeMap<String, String> {
    let tags = definition.value().get("tags").and_then(Value::as_array);
    let text =
        |tag: &Value, member: &str| tag.get(member).and_then(Value::as_str).map(str::to_owned);
    let stamp = |tag: &Value| {
        let name = text(tag, "key")?.strip_prefix(STAMP_PREFIX)?.to_owned();
        Some((
            name,
            stamps::decode(&text(tag, "value").unwrap_or_default()),
        ))
    };
    tags.into_iter().flatten().filter_map(stamp).collect()
}

/// Name of the stamp on a revision whose `after` task failed.
const AFTER_FAILED: &str = "after-failed";

/// Which `after` task failed on a revision, and how, where it is marked so.
#[must_use]
pub fn after_failed(definition: &TaskDefinition) -> Option<String> {
    stamps_of(definition).remove(AFTER_FAILED)
}

/// The tag that marks such a revision: key and value.
#[must_use]
pub fn after_failed_tag(why: &str) -> (String, String) {
    let value = stamps::encode(&why.replace('`', ""));
    (format!("{STAMP_PREFIX}{AFTER_FAILED}"), value)
}

fn tags_are_no_list() -> Vec<Diagnostic> {
    vec![error(
        "type",
        "`tags` is not a list".to_owned(),
        "write tags as `{ \"key\": …, \"value\": … }` in a list",
    )]
}

fn too_many_tags(count: usize, stamps: usize) -> Diagnostic {
    let message = format!(
        "{count} tags, {stamps} of them acetate's stamps: a task definition has at most {MOST_TAGS}"
    );
    let hint = "leave the template's out with `deploy.template-tags = \"drop\"`, or the stamps with `deploy.stamp = \"none\"`";
    error("too-many-tags", message, hint)
}

fn error(code: &str, message: String, hint: &str) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        code: code.to_owned(),
        message,
        address: Some("/tags".to_owned()),
        source: "acetate".to_owned(),
        hint: Some(hint.to_owned()),
    }
}

#[cfg(test)]
#[path = "render/tests.rs"]
mod tests;
