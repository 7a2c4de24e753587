//! Register, describe, list and deregister task definitions.

use serde_json::{Value, json};

use super::super::answer::{Answer, Refusal, page, text, time, with_token};
use super::super::state::State;
use super::super::{check, definition};
use super::{tags_of, with_tags};

pub(super) fn register(state: &mut State, request: &Value) -> Answer {
    check::check(request)?;
    let arn = definition::register(state, request.clone(), None);
    let mut answer = json!({"taskDefinition": state.definition(&arn).map(|d| d.document.clone())});
    if request.get("tags").is_some() {
        answer["tags"] = tags_of(state, &arn).into();
    }
    Ok(answer)
}

pub(super) fn describe(state: &State, request: &Value) -> Answer {
    let reference = text(request, "taskDefinition").unwrap_or_default();
    let found = state
        .definition(reference)
        .ok_or_else(|| Refusal::client("Unable to describe task definition."))?;
    let mut answer = json!({"taskDefinition": found.document});
    if with_tags(request) {
        answer["tags"] = tags_of(state, &found.arn).into();
    }
    Ok(answer)
}

pub(super) fn list_revisions(state: &State, request: &Value) -> Value {
    let family = text(request, "familyPrefix");
    let active = text(request, "status").unwrap_or("ACTIVE") == "ACTIVE";
    let families = state
        .definitions
        .iter()
        .filter(|(name, _)| family.is_none_or(|f| f == name.as_str()));
    let revisions = families.flat_map(|(_, revisions)| revisions);
    let mut arns: Vec<String> = revisions
        .filter(|d| d.active == active)
        .map(|d| d.arn.clone())
        .collect();
    if text(request, "sort") == Some("DESC") {
        arns.reverse();
    }
    let (arns, token) = page(arns, request, ("maxResults", 100), "nextToken");
    with_token(json!({"taskDefinitionArns": arns}), "nextToken", token)
}

pub(super) fn deregister(state: &mut State, request: &Value) -> Answer {
    let reference = text(request, "taskDefinition").unwrap_or_default();
    if !reference
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .contains(':')
    {
        return Err(Refusal::client(
            "Specify a task definition with its revision, as in family:revision.",
        ));
    }
    let now = time(state.now());
    let arn = state.definition(reference).map(|d| d.arn.clone());
    let revisions = state.definitions.values_mut().flatten();
    let found = revisions.into_iter().find(|d| Some(&d.arn) == arn.as_ref());
    let found =
        found.ok_or_else(|| Refusal::client("The specified task definition does not exist."))?;
    found.active = false;
    found.document["status"] = "INACTIVE".into();
    found.document["deregisteredAt"] = now;
    Ok(json!({"taskDefinition": found.document}))
}
