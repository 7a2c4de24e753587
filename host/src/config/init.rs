//! The text of a first acetate.toml: from scratch, or from a service that runs.

mod containers;
mod import;
mod references;
mod text;

use serde_json::{Map, Value};

use super::nearest::listed;
use super::template_ref::TemplateRef;
use crate::arn::Arn;
use crate::task_definition::TaskDefinition;
use crate::task_definition::address::Address;
use containers::{Left, Settings};
pub use import::Other;
pub use references::{Lookup, Short, short};

/// A first acetate.toml, commented, for somebody who fills it in.
pub const SCRATCH: &str = include_str!("init/scratch.toml");

/// A text and what should be known about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The acetate.toml.
    pub text: String,
    /// What it does not say, and what else has to change: one fragment each.
    pub notes: Vec<String>,
    /// Places where it does not say what runs, so that the first `diff` shows them.
    pub left: Vec<String>,
}

/// A leaf in which what runs differs from the template.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Where.
    pub address: Address,
    /// What the template has, if anything.
    pub template: Option<Value>,
    /// What runs, if anything.
    pub running: Option<Value>,
}

/// A service that runs, with its template.
pub struct Running<'a> {
    /// Name or ARN of the cluster.
    pub cluster: &'a str,
    /// Name of the service.
    pub service: &'a str,
    /// ARN of the revision that it runs.
    pub arn: &'a str,
    /// That revision.
    pub definition: &'a TaskDefinition,
    /// Where the template is.
    pub reference: &'a TemplateRef,
    /// The template.
    pub template: &'a TaskDefinition,
    /// Where the two differ, by meaning.
    pub differences: &'a [Difference],
    /// Short form of a secret's `valueFrom`, where it is known to mean the same.
    pub short: &'a dyn Fn(&str) -> Option<String>,
    /// Whether an environment variable, by name and value, looks like a credential.
    pub looks_secret: &'a dyn Fn(&str, &str) -> bool,
}

/// The acetate.toml with which the service goes on as it runs: image, environment, secrets and
/// all else that can be said becomes overlay, so that the first `diff` is empty.
#[must_use]
pub fn from_service(running: &Running<'_>) -> Draft {
    let mut settings = Settings::default();
    settings.collect(running);
    let mut text = head(running);
    text += &settings.inputs();
    for (section, name, content) in settings.sections() {
        text += &text::section(&[section, name], content);
    }
    if !settings.tags.is_empty() {
        text += &text::section(&["tags"], &settings.tags);
    }
    let mut notes = own_family(running);
    if !settings.left.is_empty() {
        text += "\n# What runs differs from the template here as well, and that cannot be said above.\n";
        text += "# The template wins; to keep what runs, change the template.\n";
        for left in &settings.left {
            text += &format!("#   {}\n", printable(&left.text));
        }
        notes.extend(not_taken_over(&settings.left));
    }
    if !settings.suspicious.is_empty() {
        let names = listed(settings.suspicious.iter().map(String::as_str));
        notes.push(format!("plain environment variables look like credentials and are in the file now: {names}; make them secrets before it is committed"));
    }
    let left = settings.left.into_iter().map(|left| left.at);
    Draft {
        text,
        notes,
        left: left.collect(),
    }
}

/// What a deploy takes from the template, though what runs differs.
fn not_taken_over(left: &[Left]) -> Vec<String> {
    let places: Vec<&str> = left.iter().map(|left| left.at.as_str()).collect();
    let number = match places.len() {
        1 => "1 difference from the template is".to_owned(),
        n => format!("{n} differences from the template are"),
    };
    let mut notes = vec![format!(
        "{number} not taken over, and there a deploy goes back to the template: {}; the end of the file says from what to what",
        places.join(", ")
    )];
    let lowered = left.iter().filter(|left| left.lowers);
    notes.extend(lowered.map(|left| {
        format!(
            "a deploy would lower {}: the tasks would get less than runs now; raise it in the template before the first deploy",
            left.text
        )
    }));
    notes
}

fn head(running: &Running<'_>) -> String {
    let mut keys = Map::new();
    let mut key = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            keys.insert(name.to_owned(), Value::from(value));
        }
    };
    let arn = Arn::parse(running.arn);
    key("cluster", Some(running.cluster));
    key("service", Some(running.service));
    key("account", arn.as_ref().map(|arn| arn.account));
    key("region", arn.as_ref().map(|arn| arn.region));
    let reference = running.reference.to_string();
    key("template", Some(&reference));
    key("family", Some(&family(running)));
    let revision = arn.map_or(running.arn, |arn| arn.name());
    let from = printable(&format!(
        "service `{}`, which ran `{revision}`",
        running.service
    ));
    format!(
        "# Written by `acetate init` from {from}.\n# Infrastructure code owns the template; acetate registers into the family.\n{}",
        text::section(&[], &keys).trim_start()
    )
}

/// The family to register into: the one that runs, unless it is the template's.
fn family(running: &Running<'_>) -> String {
    let current = running_family(running);
    match running.reference {
        TemplateRef::Ecs { family, .. } if family == current => {
            let own = if running.service == family {
                format!("{family}-app")
            } else {
                running.service.to_owned()
            };
            own.chars().take(255).collect()
        }
        _ => current.to_owned(),
    }
}

fn running_family<'a>(running: &'a Running<'_>) -> &'a str {
    let revision = Arn::parse(running.arn).map_or(running.arn, |arn| arn.name());
    let from_arn = revision
        .rsplit_once(':')
        .map_or(revision, |(family, _)| family);
    running.definition.family().unwrap_or(from_arn)
}

/// What has to change where infrastructure's own family runs.
fn own_family(running: &Running<'_>) -> Vec<String> {
    let (current, chosen) = (running_family(running), family(running));
    if current == chosen {
        return Vec::new();
    }
    vec![
        format!("`{current}` is the template's own family, which acetate never writes to: it will register into `{chosen}`, and the first deploy moves the service there"),
        "so that infrastructure code does not move it back: with Terraform, `lifecycle { ignore_changes = [task_definition] }` in the `aws_ecs_service`; CloudFormation and CDK have no such thing: after a stack update that moves it back, `acetate status` says so and `acetate deploy` mends it".to_owned(),
    ]
}

/// One line, without what could end a comment.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests;
