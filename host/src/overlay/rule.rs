//! The lines of `allow`, each in its written form: `env:app:OTEL_*`, `sidecar:otel=REPOSITORY`.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use super::level::{self, Level};
use super::loading;
use super::place::matches;
use crate::config::nearest::nearest;
use crate::task_definition::address::Address;

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

    /// The highest level among the places that it names. Any variable of a container at all is
    /// of level code: no list of names that load code is complete.
    #[must_use]
    pub fn level(&self) -> Level {
        match &self.form {
            Form::Label { .. } | Form::Tag { .. } => Level::Metadata,
            Form::Env { name, .. } | Form::Secret { name, .. } => {
                if is_any(name) || level::loads(name) {
                    Level::Code
                } else {
                    Level::Influence
                }
            }
            Form::Json(pattern) => level::highest(pattern.tokens()),
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
                json_covers(pattern, tokens) && level::of(address) <= self.level()
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

/// Whether an image reference is this repository with a tag, a digest, both or neither.
fn is_of(image: &str, repository: &str) -> bool {
    let Some(rest) = image.strip_prefix(repository) else {
        return false;
    };
    let (tag, digest) = match rest.split_once('@') {
        Some((tag, digest)) => (tag, Some(digest)),
        None => (rest, None),
    };
    let tag = tag.is_empty() || tag.strip_prefix(':').is_some_and(is_tag);
    let digest = digest.is_none_or(|digest| {
        digest
            .strip_prefix("sha256:")
            .is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
    });
    tag && digest
}

fn is_tag(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    (1..=128).contains(&text.len()) && text.chars().all(word) && !text.starts_with(['.', '-'])
}

/// The repository of an image reference: without tag and digest.
pub(super) fn repository(image: &str) -> &str {
    let name = image.split('@').next().unwrap_or_default();
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => name,
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let form = parse(text)?;
        Ok(Self {
            written: text.to_owned(),
            form,
        })
    }
}

fn parse(text: &str) -> Result<Form, RuleError> {
    let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
    let owned = |part: &str| part.to_owned();
    let one = |rest: &str| (!rest.is_empty() && !rest.contains(':')).then(|| owned(rest));
    let two = |rest: &str| {
        let (container, name) = rest.split_once(':')?;
        (!container.is_empty() && !name.is_empty()).then(|| (owned(container), owned(name)))
    };
    let form = match kind {
        "sidecars" if text == kind => Some(Form::Sidecars),
        "tags" => (!rest.is_empty()).then(|| Form::Tag { name: owned(rest) }),
        "labels" => two(rest).map(|(container, name)| Form::Label { container, name }),
        "env" => two(rest).map(|(container, name)| Form::Env { container, name }),
        "secrets" => two(rest).map(|(container, name)| Form::Secret { container, name }),
        "image" => one(rest).map(|container| Form::Image { container }),
        "health-check" => one(rest).map(|container| Form::HealthCheck { container }),
        "sidecar" => sidecar(text, rest)?,
        "json" => json(text, rest)?,
        _ => None,
    };
    form.ok_or_else(|| no_form(text, kind, rest))
}

fn sidecar(text: &str, rest: &str) -> Result<Option<Form>, RuleError> {
    let Some((name, repository)) = rest.split_once('=') else {
        return Ok(None);
    };
    let refuse = |why: &str, hint: String| {
        let message = format!("`{text}`: {why}");
        Err(RuleError { message, hint })
    };
    if name.contains('*') || repository.contains('*') {
        let hint = "name both, or write `sidecars` for any of them".to_owned();
        return refuse("a sidecar is granted by its own name and repository", hint);
    }
    let bare = self::repository(repository);
    if bare != repository {
        let hint = format!("write `sidecar:{name}={bare}`");
        return refuse("a repository has no tag and no digest", hint);
    }
    let is_repository = !repository.is_empty()
        && !repository.contains(|c: char| c.is_whitespace() || c.is_control());
    let is_name = !name.is_empty() && !name.contains([':', '/']);
    Ok((is_name && is_repository).then(|| Form::Sidecar {
        name: name.to_owned(),
        repository: repository.to_owned(),
    }))
}

fn json(text: &str, rest: &str) -> Result<Option<Form>, RuleError> {
    if rest.is_empty() {
        return Ok(None);
    }
    let refuse = |message: String| {
        let hint = "write it as `json:/containerDefinitions/app/cpu`".to_owned();
        RuleError { message, hint }
    };
    let address: Address = rest.parse().map_err(|error| refuse(format!("{error}")))?;
    if address.tokens().iter().any(String::is_empty) {
        return Err(refuse(format!("`{text}` has an empty name in it")));
    }
    Ok(Some(Form::Json(address)))
}

/// The error for a text of no form, with the form that is nearest.
fn no_form(text: &str, kind: &str, rest: &str) -> RuleError {
    let message = format!("`{text}` names no place that can be allowed");
    let name_of = |form: &'static str| form.split(':').next().unwrap_or(form);
    let names = FORMS.iter().map(|(form, _)| name_of(form));
    let form_of = |name: &str| FORMS.iter().find(|(form, _)| name_of(form) == name);
    let hint = match nearest(kind, names) {
        _ if text.starts_with('/') => format!("did you mean `json:{text}`?"),
        Some(near) if near != kind && format!("{near}:{rest}").parse::<Rule>().is_ok() => {
            format!("did you mean `{near}:{rest}`?")
        }
        Some(near) => {
            let form = form_of(near).map_or("", |(form, _)| form);
            format!("the nearest form is `{form}`")
        }
        None => {
            let forms = FORMS.iter().map(|(form, _)| *form);
            format!("the forms are {}", crate::config::nearest::listed(forms))
        }
    };
    RuleError { message, hint }
}

#[cfg(test)]
mod tests;
