//! The Secrets Manager operations.

use serde_json::{Value, json};

use super::answer::{Answer, Refusal, list, page, text, texts, time, with_token};
use super::state::{Secret, State};

/// Answers one Secrets Manager operation.
pub(crate) fn answer(state: &mut State, operation: &str, request: &Value) -> Answer {
    match operation {
        "DescribeSecret" => describe(state, request),
        "ListSecrets" => Ok(list_secrets(state, request)),
        "GetSecretValue" => value(state, request),
        "CreateSecret" => create(state, request),
        _ => Err(Refusal::new("UnknownOperationException", "")),
    }
}

/// Adds a secret.
pub(crate) fn add(state: &mut State, name: &str, value: String) {
    let tail = state.random.word(
        b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
        6,
    );
    let arn = state.arn("secretsmanager", &format!("secret:{name}-{tail}"));
    let version = state.random.uuid();
    let created = state.now();
    state.secrets.insert(
        name.to_owned(),
        Secret {
            arn,
            value,
            version,
            created,
        },
    );
}

/// A secret by name, ARN, or ARN without its random end.
fn find<'a>(state: &'a State, request: &Value) -> Result<(&'a String, &'a Secret), Refusal> {
    let id = text(request, "SecretId").unwrap_or_default();
    let meant = |s: &Secret| {
        s.arn == id
            || s.arn
                .rsplit_once('-')
                .is_some_and(|(partial, _)| partial == id && !ends_as_if_random(id))
    };
    let found = state
        .secrets
        .get_key_value(id)
        .or_else(|| state.secrets.iter().find(|(_, s)| meant(s)));
    let told = "Secrets Manager can't find the specified secret.";
    found.ok_or_else(|| Refusal::new("ResourceNotFoundException", told))
}

/// A hyphen and six letters or digits: AWS takes that for the end that it gives to ARNs.
fn ends_as_if_random(id: &str) -> bool {
    let end = id.rsplit_once('-').map(|(_, end)| end);
    end.is_some_and(|end| end.len() == 6 && end.bytes().all(|b| b.is_ascii_alphanumeric()))
}

fn entry(name: &str, secret: &Secret, stages: &str) -> Value {
    json!({
        "ARN": secret.arn, "Name": name, "CreatedDate": time(secret.created),
        "LastChangedDate": time(secret.created), stages: {secret.version.clone(): ["AWSCURRENT"]}
    })
}

fn describe(state: &State, request: &Value) -> Answer {
    let (name, secret) = find(state, request)?;
    Ok(entry(name, secret, "VersionIdsToStages"))
}

fn list_secrets(state: &State, request: &Value) -> Value {
    let meant = |name: &str| {
        let named = list(request, "Filters")
            .iter()
            .filter(|f| text(f, "Key") == Some("name"));
        named
            .map(|f| texts(f, "Values"))
            .all(|values| values.iter().any(|v| name.starts_with(v)))
    };
    let found = state
        .secrets
        .iter()
        .filter(|(name, _)| meant(name))
        .collect();
    let (found, token) = page(found, request, ("MaxResults", 100), "NextToken");
    let entries = found
        .into_iter()
        .map(|(n, s): (&String, &Secret)| entry(n, s, "SecretVersionsToStages"));
    with_token(
        json!({"SecretList": entries.collect::<Vec<_>>()}),
        "NextToken",
        token,
    )
}

fn value(state: &State, request: &Value) -> Answer {
    let (name, secret) = find(state, request)?;
    if text(request, "VersionId").is_some_and(|v| v != secret.version)
        || text(request, "VersionStage").is_some_and(|s| s != "AWSCURRENT")
    {
        let told = "Secrets Manager can't find the specified secret value.";
        return Err(Refusal::new("ResourceNotFoundException", told));
    }
    Ok(json!({
        "ARN": secret.arn, "Name": name, "VersionId": secret.version, "SecretString": secret.value,
        "VersionStages": ["AWSCURRENT"], "CreatedDate": time(secret.created)
    }))
}

fn create(state: &mut State, request: &Value) -> Answer {
    let name = text(request, "Name").unwrap_or_default().to_owned();
    if state.secrets.contains_key(&name) {
        let told = format!("The operation failed because the secret {name} already exists.");
        return Err(Refusal::new("ResourceExistsException", told));
    }
    add(
        state,
        &name,
        text(request, "SecretString").unwrap_or_default().to_owned(),
    );
    let made = &state.secrets[&name];
    Ok(json!({"ARN": made.arn, "Name": name, "VersionId": made.version}))
}
