//! From a written line to its parts, or to the form that is nearest.

use super::{FORMS, Form, Rule, RuleError};
use crate::config::nearest::{listed, nearest};
use crate::task_definition::address::Address;

/// Takes a line apart.
pub(super) fn parse(text: &str) -> Result<Form, RuleError> {
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
    let bare = super::repository(repository);
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
            format!("the forms are {}", listed(forms))
        }
    };
    RuleError { message, hint }
}
