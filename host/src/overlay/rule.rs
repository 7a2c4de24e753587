//! The lines of `allow`, each in its written form: `env:app:OTEL_*`, `sidecar:otel=REPOSITORY`.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use super::level::{self, Level};
use super::loading;
use super::place::matches;
use crate::task_definition::address::Address;

mod image;
mod parse;

use image::is_of;
pub(super) use image::repository;

/// The written forms, with what they let an entry edit.
pub const FORMS: &[(&str, &str)] = &[
    ("labels:CONTAINER:NAME", "a docker label of a container"),
    ("tags:NAME", "a tag of the revision"),
    ("env:CONTAINER:NAME", "a plain variable of a container"),
    (
        "secrets:CONTAINER:NAME",
        "a secret of a container; what it refers to has to be granted, too",
    ),
    ("image:CONTAINER", "the image of a container"),
    (
        "sidecar:NAME=REPOSITORY",
        "adding a container of this name, its image of this repository",
    ),
    (
        "sidecars",
        "adding containers of any name and image, with what acts in nothing but them",
    ),
    ("health-check:CONTAINER", "the health check of a container"),
    ("json:ADDRESS", "any place, and all below it"),
];

/// Members of an added container that act in nothing but it. Who may choose any image has it run
/// any code, and these add nothing to that.
const INSIDE: &[&str] = &[
    "command",
    "cpu",
    "dependsOn",
    "entryPoint",
    "environment",
    "essential",
    "healthCheck",
    "image",
    "memory",
    "memoryReservation",
    "readonlyRootFilesystem",
    "restartPolicy",
    "startTimeout",
    "stopTimeout",
    "user",
    "workingDirectory",
];

/// One line of `allow`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    written: String,
    form: Form,
}

/// A line taken apart. `*` in a part stands for any text in that part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    Label { container: String, name: String },
    Tag { name: String },
    Env { container: String, name: String },
    Secret { container: String, name: String },
    Image { container: String },
    Sidecar { name: String, repository: String },
    Sidecars,
    HealthCheck { container: String },
    Json(Address),
}

/// Why a text is no line of `allow`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RuleError {
    /// What is wrong.
    pub message: String,
    /// The nearest form.
    pub hint: String,
}

impl Rule {
    /// The line, taken apart.
    pub(super) const fn form(&self) -> &Form {
        &self.form
    }

    /// The highest level among the places that it names. Any variable of a container at all, or a
    /// pattern as good as that, is of level code: no list of names that load code is complete.
    #[must_use]
    pub fn level(&self) -> Level {
        match &self.form {
            Form::Label { .. } | Form::Tag { .. } => Level::Metadata,
            Form::Env { name, .. } | Form::Secret { name, .. } => {
                if is_broad(name) || level::loads(name) {
                    Level::Code
                } else {
                    Level::Influence
                }
            }
            Form::Json(pattern) => level::of_power(pattern.tokens()),
            _ => Level::Code,
        }
    }

    /// Whether it lets a place be edited. `own` is whether the place lies in a container that
    /// this very entry adds; of the lines about sidecars, the repository is judged elsewhere.
    #[must_use]
    pub fn covers(&self, address: &Address, own: bool) -> bool {
        let tokens: Vec<&str> = address.tokens().iter().map(String::as_str).collect();
        let is = |pattern: &str, text: &str| !text.is_empty() && matches(pattern, text);
        match (&self.form, tokens.as_slice()) {
            (Form::Tag { name }, ["tags", tag] | ["tags", tag, "value"]) => is(name, tag),
            (
                Form::Label { container, name },
                ["containerDefinitions", c, "dockerLabels", label],
            ) => is(container, c) && is(name, label),
            (
                Form::Env { container, name },
                ["containerDefinitions", c, "environment", variable]
                | ["containerDefinitions", c, "environment", variable, "value"],
            )
            | (
                Form::Secret { container, name },
                ["containerDefinitions", c, "secrets", variable]
                | ["containerDefinitions", c, "secrets", variable, "valueFrom"],
            ) => is(container, c) && is(name, variable) && says_exactly(name, variable),
            (Form::Image { container }, ["containerDefinitions", c, "image"])
            | (Form::HealthCheck { container }, ["containerDefinitions", c, "healthCheck", ..]) => {
                is(container, c)
            }
            (Form::Sidecar { name, .. }, ["containerDefinitions", c, rest @ ..]) => {
                own && name == c && fills(address, rest)
            }
            (Form::Sidecars, ["containerDefinitions", _, rest @ ..]) => {
                let inside = rest.first().is_some_and(|member| INSIDE.contains(member));
                own && (inside || fills(address, rest))
            }
            (Form::Json(pattern), tokens) => {
                json_covers(pattern, tokens)
                    && level::of(address) <= level::highest(pattern.tokens())
            }
            _ => false,
        }
    }

    /// Whether it pins the image of a container of this name to its repository.
    pub(super) fn pins(&self, container: &str) -> bool {
        matches!(&self.form, Form::Sidecar { name, .. } if name == container)
    }

    /// Whether an image is of the repository that it names.
    pub(super) fn takes(&self, image: &Value) -> bool {
        match (&self.form, image.as_str()) {
            (Form::Sidecar { repository, .. }, Some(image)) => is_of(image, repository),
            _ => false,
        }
    }
}

/// A name that loads code is named by nothing but itself.
fn says_exactly(pattern: &str, name: &str) -> bool {
    !loading::is(name) || (pattern == name && !pattern.contains('*'))
}

/// Whether a pattern names everything.
pub(super) fn is_any(pattern: &str) -> bool {
    pattern.chars().all(|c| c == '*')
}

/// Whether a pattern of names is as good as any name: with fewer than three letters in a row that
/// are not open, it names something that loads code and is in no list.
pub(super) fn is_broad(pattern: &str) -> bool {
    pattern.contains('*') && pattern.split('*').all(|fixed| fixed.len() < 3)
}

/// What an added container may be filled with by the line that lets it be added.
fn fills(address: &Address, rest: &[&str]) -> bool {
    match rest {
        [] | ["image"] => true,
        ["secrets", ..] => false,
        _ => level::of(address) < Level::Code,
    }
}

fn json_covers(pattern: &Address, tokens: &[&str]) -> bool {
    let pattern = pattern.tokens();
    let within = pattern.len() <= tokens.len();
    let same = pattern
        .iter()
        .zip(tokens)
        .all(|(part, token)| !token.is_empty() && matches(part, token));
    let exact = match tokens {
        [
            "containerDefinitions",
            _,
            "environment" | "secrets",
            name,
            ..,
        ] => {
            let written = pattern.get(3).map_or("*", String::as_str);
            says_exactly(written, name)
        }
        _ => true,
    };
    within && same && exact
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let form = parse::parse(text)?;
        Ok(Self {
            written: text.to_owned(),
            form,
        })
    }
}

#[cfg(test)]
mod tests;
