//! The SSM parameter operations.

use serde_json::{Value, json};

use super::answer::{Answer, Refusal, flag, list, page, text, texts, time, with_token};
use super::state::{Parameter, State};

/// Answers one SSM operation.
pub(crate) fn answer(state: &mut State, operation: &str, request: &Value) -> Answer {
    match operation {
        "GetParameter" => get(state, request),
        "GetParameters" => get_many(state, request),
        "GetParametersByPath" => Ok(by_path(state, request)),
        "DescribeParameters" => Ok(describe(state, request)),
        "PutParameter" => put(state, request),
        _ => Err(Refusal::new("UnknownOperationException", "")),
    }
}

/// A parameter as GetParameter shows it. `named` may be a name, an ARN, or either with a version.
fn shown(state: &State, named: &str, decrypt: bool) -> Option<Value> {
    let short = match named.split_once(":parameter") {
        Some((_, name)) if named.starts_with("arn:") => name,
        _ => named,
    };
    let (name, version) = match short.rsplit_once(':') {
        Some((name, version)) => (name, Some(version.parse::<usize>().ok()?)),
        None => (short, None),
    };
    let bare = name.strip_prefix('/').filter(|bare| !bare.contains('/'));
    let (name, known) = state
        .parameters
        .get_key_value(name)
        .or_else(|| state.parameters.get_key_value(bare?))?;
    let version = version.unwrap_or(known.versions.len());
    let value = known.versions.get(version.checked_sub(1)?)?;
    let value = if known.kind == "SecureString" && !decrypt {
        "AQICAHpractice=="
    } else {
        value
    };
    let mut parameter = json!({
        "Name": name, "Type": known.kind, "Value": value, "Version": version,
        "LastModifiedDate": time(known.modified), "ARN": arn(state, name), "DataType": "text"
    });
    if short.contains(':') {
        parameter["Selector"] = format!(":{version}").into();
    }
    Some(parameter)
}

fn arn(state: &State, name: &str) -> String {
    state.arn(
        "ssm",
        &format!("parameter/{}", name.trim_start_matches('/')),
    )
}

fn get(state: &State, request: &Value) -> Answer {
    let named = text(request, "Name").unwrap_or_default();
    let code = if known(state, named) {
        "ParameterVersionNotFound"
    } else {
        "ParameterNotFound"
    };
    let found = shown(state, named, flag(request, "WithDecryption"));
    found
        .map(|p| json!({"Parameter": p}))
        .ok_or_else(|| Refusal::new(code, ""))
}

/// Whether the name of a `name:version` is known.
fn known(state: &State, named: &str) -> bool {
    named
        .rsplit_once(':')
        .is_some_and(|(name, _)| state.parameters.contains_key(name))
}

fn get_many(state: &State, request: &Value) -> Answer {
    let names = texts(request, "Names");
    if names.is_empty() || names.len() > 10 {
        return Err(Refusal::new(
            "ValidationException",
            "Names: between 1 and 10 members are allowed.",
        ));
    }
    let (mut found, mut invalid) = (Vec::new(), Vec::new());
    for name in names {
        match shown(state, &name, flag(request, "WithDecryption")) {
            Some(parameter) => found.push(parameter),
            None => invalid.push(name),
        }
    }
    Ok(json!({"Parameters": found, "InvalidParameters": invalid}))
}

fn by_path(state: &State, request: &Value) -> Value {
    let path = format!(
        "{}/",
        text(request, "Path").unwrap_or("/").trim_end_matches('/')
    );
    let deep = flag(request, "Recursive");
    let below = |name: &&String| {
        name.strip_prefix(&path)
            .is_some_and(|rest| deep || !rest.contains('/'))
    };
    let names: Vec<&String> = state.parameters.keys().filter(below).collect();
    let (names, token) = page(names, request, ("MaxResults", 10), "NextToken");
    let found: Vec<_> = names
        .iter()
        .filter_map(|n| shown(state, n, flag(request, "WithDecryption")))
        .collect();
    with_token(json!({"Parameters": found}), "NextToken", token)
}

fn describe(state: &State, request: &Value) -> Value {
    let meant = |name: &str, kind: &str| {
        list(request, "ParameterFilters").iter().all(|filter| {
            let values = texts(filter, "Values");
            let any = |test: &dyn Fn(&str) -> bool| values.iter().any(|v| test(v));
            match (
                text(filter, "Key"),
                text(filter, "Option").unwrap_or("Equals"),
            ) {
                (Some("Name"), "BeginsWith") => any(&|v| name.starts_with(v)),
                (Some("Name"), "Contains") => any(&|v| name.contains(v)),
                (Some("Name"), _) => any(&|v| v == name),
                (Some("Path"), _) => {
                    any(&|v| name.starts_with(&format!("{}/", v.trim_end_matches('/'))))
                }
                (Some("Type"), _) => any(&|v| v == kind),
                _ => true,
            }
        })
    };
    let known = state
        .parameters
        .iter()
        .filter(|(name, p)| meant(name, &p.kind))
        .collect();
    let (known, token) = page(known, request, ("MaxResults", 50), "NextToken");
    let shown = |(name, p): (&String, &Parameter)| {
        json!({
            "Name": name, "ARN": arn(state, name), "Type": p.kind, "LastModifiedDate": time(p.modified),
            "LastModifiedUser": format!("arn:aws:iam::{}:user/practice", state.account),
            "Version": p.versions.len(), "Tier": "Standard", "Policies": [], "DataType": "text"
        })
    };
    let shown: Vec<_> = known.into_iter().map(shown).collect();
    with_token(json!({"Parameters": shown}), "NextToken", token)
}

fn put(state: &mut State, request: &Value) -> Answer {
    let (Some(name), Some(value)) = (text(request, "Name"), text(request, "Value")) else {
        return Err(Refusal::new(
            "ValidationException",
            "Name and Value must be given.",
        ));
    };
    let modified = state.now();
    let kind = text(request, "Type");
    match state.parameters.get_mut(name) {
        Some(_) if !flag(request, "Overwrite") => {
            let told = "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.";
            return Err(Refusal::new("ParameterAlreadyExists", told));
        }
        Some(known) => {
            known.versions.push(value.to_owned());
            known.modified = modified;
            if let Some(kind) = kind {
                kind.clone_into(&mut known.kind);
            }
        }
        None => {
            let told = "A parameter type is required when you create a parameter.";
            let kind = kind
                .ok_or_else(|| Refusal::new("ValidationException", told))?
                .to_owned();
            state.parameters.insert(
                name.to_owned(),
                Parameter {
                    kind,
                    versions: vec![value.to_owned()],
                    modified,
                },
            );
        }
    }
    let tier = text(request, "Tier").unwrap_or("Standard");
    Ok(json!({"Version": state.parameters[name].versions.len(), "Tier": tier}))
}
