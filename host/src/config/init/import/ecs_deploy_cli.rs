//! ecs-deploy-cli: the template is an SSM parameter, environment and secrets are in the file.

use serde_json::{Map, Value, json};

use super::{Draft, Sheet, literal};
use crate::arn::Arn;

pub fn draft(config: &Value) -> Draft {
    let text = |name: &str| config.get(name).and_then(Value::as_str);
    let mut sheet = Sheet::default();
    sheet.set("cluster", text("clusterName"));
    sheet.set("service", text("serviceName"));
    sheet.set("account", text("accountId"));
    sheet.set("region", text("region"));
    let all = config["taskDefinition"].as_array().map_or(
        std::slice::from_ref(&config["taskDefinition"]),
        Vec::as_slice,
    );
    let first = all.first().unwrap_or(&Value::Null);
    let template = first
        .get("template")
        .and_then(Value::as_str)
        .unwrap_or_default();
    match parameter(template) {
        Some(name) => sheet.set("template", Some(&format!("ssm:{name}"))),
        None => sheet.notes.push(format!(
            "template `{template}` is no parameter: say in `template` where it is"
        )),
    }
    sheet.set("family", text("taskFamily").or(text("serviceName")));
    if all.len() > 1 {
        sheet.notes.push(format!(
            "of {} task definitions only the first is taken over",
            all.len()
        ));
    }
    let builds = config
        .get("build")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let builds: Vec<&str> = builds
        .filter_map(|build| build.get("name")?.as_str())
        .collect();
    for definition in first
        .get("containerDefinitions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        container(&mut sheet, definition, &builds);
    }
    if !builds.is_empty() {
        sheet.notes.push(
            "images are not built or pushed here: give the one to deploy with `--set image=…`"
                .to_owned(),
        );
    }
    sheet.draft("an ecs-deploy-cli configuration")
}

fn container(sheet: &mut Sheet, definition: &Value, builds: &[&str]) {
    let Some(name) = definition.get("name").and_then(Value::as_str) else {
        return;
    };
    match definition.get("image").and_then(Value::as_str) {
        Some(image) if builds.contains(&image) => {
            sheet.image(name, json!({ "description": "image to deploy" }))
        }
        Some(image) => sheet.put(name, "image", literal(image)),
        None => {}
    }
    let mut env = Map::new();
    for variable in definition
        .get("environmentValues")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let Some(key) = variable.get("name").and_then(Value::as_str) else {
            continue;
        };
        if let Some(value) = value(sheet, name, key, variable) {
            env.insert(key.to_owned(), value);
        }
    }
    if !env.is_empty() {
        sheet.put(name, "env", Value::Object(env));
    }
    let secrets = definition
        .get("secrets")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    let secrets: Map<String, Value> = secrets
        .filter_map(|(key, from)| Some((key.clone(), literal(&secret(from.as_str()?)))))
        .collect();
    if !secrets.is_empty() {
        sheet.put(name, "secrets", Value::Object(secrets));
    }
}

/// The value of a variable: a text, an input for what comes from the environment.
fn value(sheet: &mut Sheet, container: &str, key: &str, variable: &Value) -> Option<Value> {
    if let Some(value) = variable.get("value").and_then(Value::as_str) {
        return Some(literal(value));
    }
    let from = variable
        .get("valueFrom")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if let Some(name) = from.strip_prefix("env:").filter(|name| is_name(name)) {
        sheet.inputs.insert(name.to_owned(), json!({ "env": name }));
        return Some(Value::from(format!("${{inputs.{name}}}")));
    }
    if from == "func:release" {
        sheet
            .inputs
            .insert("release".to_owned(), json!({ "env": "RELEASE" }));
        return Some(json!("${inputs.release}"));
    }
    sheet.notes.push(format!("`{key}` of `{container}` comes from `{from}`, which is not taken over; an input or a secret can give it"));
    None
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// An ARN without region and account is filled in by that tool; here the name says it.
fn secret(from: &str) -> String {
    let is_nowhere =
        Arn::parse(from).is_some_and(|arn| arn.region.is_empty() && arn.account.is_empty());
    match parameter(from).filter(|_| is_nowhere) {
        Some(name) => format!("ssm:{name}"),
        None => from.to_owned(),
    }
}

/// The name of a parameter in its ARN.
fn parameter(arn: &str) -> Option<&str> {
    let arn = Arn::parse(arn).filter(|arn| arn.service == "ssm")?;
    let name = arn.resource.strip_prefix("parameter")?;
    (name.len() > 1 && name.starts_with('/')).then_some(name)
}
