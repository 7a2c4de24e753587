//! What an entry's lines come to, in words: for `show`, for a plan, for whoever reviews them.

use serde::Serialize;
use serde_json::Value;

use super::level::Level;
use super::loading;
use super::rule::{Form, Rule, is_any, is_broad};
use super::{Allow, Overlaid, place};
use crate::task_definition::TaskDefinition;
use beside::{adds, image};
use lookups::{asked, grants};

mod beside;
mod lookups;

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
        may: lines.chain(grants(grant, &receivers(allow))).collect(),
    }
}

/// What an entry could do that was given all that its plugin asks for: the places that it edits,
/// and capabilities. A place that is no line of `allow` gives nothing, and is said to.
#[must_use]
pub fn wanted<'a>(
    entry: &str,
    edits: &[String],
    capabilities: impl IntoIterator<Item = &'a str>,
) -> Powers {
    let scene = Scene {
        document: None,
        added: &[],
    };
    let place = |line: &String| match line.parse::<Rule>() {
        Ok(rule) => Meaning {
            line: line.clone(),
            level: Some(rule.level()),
            says: of(&rule, scene),
        },
        Err(_) => Meaning {
            line: line.clone(),
            level: None,
            says: "is no line that `allow` takes".to_owned(),
        },
    };
    let may: Vec<Meaning> = edits.iter().map(place).collect();
    Powers {
        entry: entry.to_owned(),
        level: may.iter().filter_map(|meaning| meaning.level).max(),
        may: may
            .into_iter()
            .chain(capabilities.into_iter().map(asked))
            .collect(),
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
    if is_broad(name) {
        return format!(
            "sets {what} `{name}` of {whose}, which is nearly any: it may run code in {whose}"
        );
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

/// Whose containers an entry may map secrets into: what they refer to is read by ECS when a task
/// starts, and its value is in the container's environment.
fn receivers(allow: &Allow) -> Vec<String> {
    let whose = |rule: &Rule| match rule.form() {
        Form::Secret { container, .. } => Some(containers(container)),
        Form::Sidecar { name, .. } => Some(format!("`{name}`")),
        Form::Sidecars => Some("containers that it adds".to_owned()),
        Form::Json(address) => match address.tokens() {
            [list] if place::matches(list, "containerDefinitions") => Some(containers("*")),
            [list, container, member @ ..]
                if place::matches(list, "containerDefinitions")
                    && (member.first()).is_none_or(|m| place::matches(m, "secrets")) =>
            {
                Some(containers(container))
            }
            _ => None,
        },
        _ => None,
    };
    let mut found: Vec<String> = allow.rules().filter_map(whose).collect();
    found.sort();
    found.dedup();
    match found.contains(&containers("*")) {
        true => vec![containers("*")],
        false => found,
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
    fn who_reads_the_secrets_is_said_with_what_they_may_refer_to() {
        let grant = json!({ "secret-names": ["db"], "secret-keys": ["db"] });
        for (allow, whose) in [
            (
                &["secrets:app:DB_*", "sidecar:otel=acme/otel"][..],
                "`app`, `otel`",
            ),
            (&["sidecars"], "containers that it adds"),
            (&["json:/containerDefinitions/app/secrets"], "`app`"),
            (
                &["secrets:app:A", "json:/containerDefinitions"],
                "every container",
            ),
        ] {
            let told = told(allow, &grant, None, &[]);
            let of = format!("ARNs of secrets: `db`; it may hand their values to {whose}\n");
            assert!(told.contains(&of), "{told}");
        }
        let told = told(
            &["json:/containerDefinitions/app/command"],
            &grant,
            None,
            &[],
        );
        assert!(!told.contains("hand"), "{told}");
    }

    #[test]
    fn what_is_asked_for_is_said_before_there_is_a_document() {
        let edits = ["env:*:OTEL_*", "sidecar:otel=acme/otel", "nonsense"].map(str::to_owned);
        let powers = wanted("otel", &edits, ["parameters", "moon"]);
        assert_eq!(powers.level, Some(Level::Code));
        let says = powers.may.iter().map(|meaning| meaning.says.as_str());
        assert_eq!(
            says.collect::<Vec<_>>(),
            [
                "sets variables `OTEL_*` of every container",
                "adds container `otel` (any image of `acme/otel`): it can do what the application can",
                "is no line that `allow` takes",
                "sees names, ARNs and kinds of parameters: those that `grant` names",
                "looks up: those that `grant` names",
            ]
        );
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
