//! What an entry's lines come to, in words: for `show`, for a plan, for whoever reviews them.

use serde::Serialize;
use serde_json::Value;

use super::level::Level;
use super::loading;
use super::rule::{Form, Rule, is_any};
use super::{Allow, Overlaid, place};
use crate::config::nearest::listed;
use crate::task_definition::TaskDefinition;

/// One line of `allow` or `grant`, and what it means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Meaning {
    /// The line as written; of a grant, the capability.
    pub line: String,
    /// The highest level among the places that it names; none for a grant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// One lowercase fragment, with the entry as its subject.
    pub says: String,
}

/// What one entry may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Powers {
    /// The entry's name in acetate.toml.
    pub entry: String,
    /// The highest level among the places that it may edit; none where it may edit nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// What each of its lines means.
    pub may: Vec<Meaning>,
}

/// The document that the words are about: what will be registered.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// The rendered task definition; none before there is one.
    pub document: Option<&'a TaskDefinition>,
    /// The containers in it that this entry added.
    pub added: &'a [String],
}

/// The containers that an entry added and that are there still.
#[must_use]
pub fn added(overlaid: &Overlaid, entry: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for edit in overlaid.edits.iter().filter(|edit| edit.entry == entry) {
        if let [list, name] = edit.address.tokens()
            && list == "containerDefinitions"
            && overlaid.definition.container(name).is_some()
            && overlaid.template.container(name).is_none()
            && !names.contains(name)
        {
            names.push(name.clone());
        }
    }
    names
}

/// What each line of an entry's `allow` and `grant` means.
#[must_use]
pub fn powers(entry: &str, allow: &Allow, grant: &Value, scene: Scene<'_>) -> Powers {
    let lines = allow.rules().map(|rule| Meaning {
        line: rule.to_string(),
        level: Some(rule.level()),
        says: of(rule, scene),
    });
    Powers {
        entry: entry.to_owned(),
        level: allow.rules().map(Rule::level).max(),
        may: lines.chain(grants(grant)).collect(),
    }
}

fn of(rule: &Rule, scene: Scene<'_>) -> String {
    match rule.form() {
        Form::Label { container, name } => {
            format!("sets docker labels `{name}` of {}", containers(container))
        }
        Form::Tag { name } => format!("sets tags `{name}` of the revision"),
        Form::Env { container, name } => variables("variables", container, name),
        Form::Secret { container, name } => variables("secrets", container, name),
        Form::Image { container } => {
            let whose = containers(container);
            format!("replaces the image of {whose}: it runs any code in {whose}")
        }
        Form::HealthCheck { container } => {
            let whose = containers(container);
            format!("sets the health check, a command, of {whose}: it may run code in {whose}")
        }
        Form::Sidecar { name, repository } => {
            let is_here = scene.added.contains(name);
            let image = is_here.then(|| image(scene, name)).flatten();
            let which = image.map_or_else(
                || format!("any image of `{repository}`"),
                |image| format!("image `{image}`"),
            );
            adds(
                &format!("adds container `{name}` ({which})"),
                is_here.then_some(name),
                scene,
            )
        }
        Form::Sidecars => sidecars(scene),
        Form::Json(address) => json(rule, address.tokens()),
    }
}

/// Every container that it added; what it may add where that is none yet.
fn sidecars(scene: Scene<'_>) -> String {
    if scene.added.is_empty() {
        return adds("adds containers of any name and image", None, scene);
    }
    let each = scene.added.iter().map(|name| {
        let image = image(scene, name).unwrap_or_default();
        adds(
            &format!("adds container `{name}` (image `{image}`, any would do)"),
            Some(name),
            scene,
        )
    });
    each.collect::<Vec<_>>().join("; ")
}

fn variables(what: &str, container: &str, name: &str) -> String {
    let whose = containers(container);
    if is_any(name) {
        return format!("sets any {what} of {whose}: it may run code in {whose}");
    }
    let loads = !name.contains('*') && loading::is(name);
    let code = match loads {
        true => format!(", which loads code or redirects traffic: it may run code in {whose}"),
        false => String::new(),
    };
    format!("sets {what} `{name}` of {whose}{code}")
}

/// `app`, or all that a pattern names.
fn containers(pattern: &str) -> String {
    match pattern {
        _ if is_any(pattern) => "every container".to_owned(),
        _ if pattern.contains('*') => format!("containers `{pattern}`"),
        _ => format!("`{pattern}`"),
    }
}

fn json(rule: &Rule, tokens: &[String]) -> String {
    let place = rule.to_string();
    let place = place.trim_start_matches("json:");
    let inside = match tokens {
        [list, container, ..] if place::matches(list, "containerDefinitions") => {
            Some(containers(container))
        }
        [list, ..] if place::matches(list, "containerDefinitions") => {
            Some("every container".to_owned())
        }
        _ => None,
    };
    let ends = match (rule.level(), inside) {
        (Level::Code, Some(whose)) => format!(": it may run code in {whose}"),
        (Level::Code, None) => ": it may change what the task's code can do".to_owned(),
        _ => String::new(),
    };
    format!("edits `{place}` and all below it{ends}")
}

fn image<'a>(scene: Scene<'a>, container: &str) -> Option<&'a str> {
    scene.document?.container(container)?.get("image")?.as_str()
}

/// What a container beside the others can do, whatever is in it.
fn adds(what: &str, container: Option<&String>, scene: Scene<'_>) -> String {
    let Some(document) = scene.document else {
        return format!("{what}: it can do what the application can");
    };
    let top = |member: &str| document.value().get(member).and_then(Value::as_str);
    let mut can: Vec<String> = Vec::new();
    if let Some(role) = top("taskRoleArn").filter(|role| !role.is_empty()) {
        let name = role.rsplit_once('/').map_or(role, |(_, name)| name);
        can.push(format!("use task role `{name}`"));
    }
    if shares_network(document) {
        can.push("reach localhost".to_owned());
    }
    let definition = container.and_then(|name| document.container(name));
    can.extend(definition.map(mounts).unwrap_or_default());
    match top("pidMode") {
        Some("task") => can.push("read other containers' environment".to_owned()),
        Some("host") => can.push("read the environment of everything on the host".to_owned()),
        _ => {}
    }
    if matches!(top("ipcMode"), Some("task" | "host")) {
        can.push("share memory with the others".to_owned());
    }
    match can.split_last() {
        None => what.to_owned(),
        Some((only, [])) => format!("{what}: it can {only}"),
        Some((last, [first])) => format!("{what}: it can {first} and {last}"),
        Some((last, rest)) => format!("{what}: it can {}, and {last}", rest.join(", ")),
    }
}

/// Whether the containers of a task are one another's localhost. ECS takes `awsvpc` for Fargate,
/// and `bridge` otherwise, where no mode is named.
fn shares_network(document: &TaskDefinition) -> bool {
    let value = document.value();
    let fargate = value
        .get("requiresCompatibilities")
        .and_then(Value::as_array);
    let fargate = fargate.is_some_and(|list| list.iter().any(|kind| kind == "FARGATE"));
    match value.get("networkMode").and_then(Value::as_str) {
        Some(mode) => matches!(mode, "awsvpc" | "host"),
        None => fargate,
    }
}

/// The volumes of a container, its own and those of another.
fn mounts(definition: &Value) -> Vec<String> {
    let list = |member: &str| {
        let list = definition.get(member).and_then(Value::as_array);
        list.map_or(&[][..], Vec::as_slice)
    };
    let volumes = list("mountPoints")
        .iter()
        .map(|m| ("sourceVolume", "volume", m));
    let others = list("volumesFrom")
        .iter()
        .map(|m| ("sourceContainer", "all volumes of", m));
    let told = volumes.chain(others).filter_map(|(member, what, mount)| {
        let name = mount.get(member)?.as_str()?;
        let does = match mount.get("readOnly").and_then(Value::as_bool) {
            Some(true) => "read",
            _ => "read and write",
        };
        Some(format!("{does} {what} `{name}`"))
    });
    told.collect()
}

fn grants(grant: &Value) -> Vec<Meaning> {
    let given = grant.as_object().into_iter().flatten();
    let meaning = |(capability, given): (&String, &Value)| {
        let what = match capability.as_str() {
            "parameters" => "sees names, ARNs and kinds of parameters",
            "parameter-values" => "reads plain values of parameters",
            "secret-names" => "sees names and ARNs of secrets",
            "secret-keys" => "sees the names of JSON keys in secrets",
            "images" => "looks up digests of images",
            "files" => "reads files of the project",
            _ => "looks up",
        };
        let which = match given {
            Value::Bool(true) => "any".to_owned(),
            Value::Array(list) if !list.is_empty() => listed(list.iter().filter_map(Value::as_str)),
            _ => return None,
        };
        let says = format!("{what}: {which}");
        let line = capability.clone();
        Some(Meaning {
            line,
            level: None,
            says,
        })
    };
    given.filter_map(meaning).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn document(mode: &Value) -> TaskDefinition {
        let mut document = json!({
            "taskRoleArn": "arn:aws:iam::111111111111:role/svc/web",
            "networkMode": "awsvpc",
            "containerDefinitions": [
                { "name": "app", "image": "acme/app:1" },
                {
                    "name": "otel", "image": "acme/otel:1",
                    "mountPoints": [{ "sourceVolume": "data", "containerPath": "/d", "readOnly": true }],
                    "volumesFrom": [{ "sourceContainer": "app" }],
                },
            ],
        });
        let members = document.as_object_mut().unwrap();
        members.extend(mode.as_object().unwrap().clone());
        TaskDefinition::new(document).unwrap()
    }

    fn told(
        allow: &[&str],
        grant: &Value,
        document: Option<&TaskDefinition>,
        added: &[&str],
    ) -> String {
        let added: Vec<String> = added.iter().map(|name| (*name).to_owned()).collect();
        let scene = Scene {
            document,
            added: &added,
        };
        let powers = powers("ci", &Allow::parse(allow).unwrap(), grant, scene);
        let level = |level: Option<Level>| level.map_or_else(String::new, |l| format!(" ({l})"));
        let lines = powers
            .may
            .iter()
            .map(|m| format!("{}{}: {}", m.line, level(m.level), m.says));
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn each_line_is_said_in_words() {
        let allow = [
            "labels:app:com.acme.*",
            "tags:team",
            "env:app:OTEL_*",
            "env:app:*",
            "env:*:PATH",
            "secrets:app:DB_*",
            "image:app",
            "health-check:a*",
            "sidecar:otel=acme/otel",
            "sidecar:later=acme/later",
            "sidecars",
            "json:/cpu",
            "json:/containerDefinitions/app/command",
            "json:/*",
            "json:/containerDefinitions/*/dockerLabels",
        ];
        let grant = json!({ "parameters": ["/web/*", "x"], "files": true, "images": [], "secret-keys": false });
        insta::assert_snapshot!(told(&allow, &grant, Some(&document(&json!({}))), &["otel"]));
    }

    #[test]
    fn what_a_sidecar_can_do_follows_from_the_document() {
        let otel = ["sidecar:otel=acme/otel"];
        let said = |mode: Value| told(&otel, &Value::Null, Some(&document(&mode)), &["otel"]);
        let all = [
            said(json!({})),
            said(json!({ "pidMode": "task" })),
            said(json!({ "pidMode": "host", "ipcMode": "task" })),
            said(json!({ "networkMode": "bridge" })),
            said(json!({ "networkMode": null, "requiresCompatibilities": ["FARGATE"] })),
            said(json!({ "networkMode": "none", "taskRoleArn": "" })),
            told(
                &["sidecars"],
                &Value::Null,
                Some(&document(&json!({}))),
                &["otel"],
            ),
            told(&["sidecars"], &Value::Null, None, &[]),
        ];
        insta::assert_snapshot!(all.join("\n"));
    }
}
