//! ecspresso: the task definition lies in a file of the repository, which becomes the template.

use serde_json::{Value, json};

use super::{Other, Sheet};
use crate::config::format::duration;
use crate::task_definition::TaskDefinition;
use crate::task_definition::parse::parse;

pub fn draft(other: &Other, definition: Option<&str>) -> super::Draft {
    let text = |name: &str| other.config.get(name).and_then(Value::as_str);
    let file = other.definition_file().unwrap_or_default();
    let mut sheet = Sheet::default();
    let parsed = definition
        .and_then(|text| parse(text.as_bytes()).ok())
        .map(|parsed| parsed.definition);
    sheet.set("cluster", text("cluster"));
    sheet.set("service", text("service"));
    sheet.set("region", text("region"));
    sheet.set("template", Some(&format!("file:{file}")));
    sheet.set(
        "family",
        parsed
            .as_ref()
            .and_then(TaskDefinition::family)
            .or(text("service")),
    );
    let main = parsed
        .as_ref()
        .and_then(|definition| definition.containers().first()?.get("name")?.as_str());
    if let Some(name) = main {
        sheet.image(name, json!({ "description": format!("image of `{name}`"), "default": format!("running:{name}") }));
    }
    if let Some(timeout) = text("timeout").filter(|timeout| duration(timeout).is_ok()) {
        sheet
            .deploy
            .insert("timeout".to_owned(), Value::from(timeout));
    }
    sheet.notes = notes(other, &file, definition, parsed.is_some());
    sheet.draft("an ecspresso configuration")
}

fn notes(other: &Other, file: &str, definition: Option<&str>, is_read: bool) -> Vec<String> {
    let mut notes = Vec::new();
    if file.ends_with(".jsonnet") {
        notes.push(format!("`{file}` is Jsonnet: keep what `ecspresso render taskdef` prints in a JSON file and name that as `template`"));
    } else if definition.is_some_and(|text| text.contains("{{")) {
        notes.push(format!("`{file}` has `{{{{ … }}}}` in it: write plain values there, and what varies as `${{inputs.NAME}}` in acetate.toml"));
    } else if definition.is_none() {
        notes.push(format!("`{file}` could not be read"));
    } else if !is_read {
        notes.push(format!(
            "`{file}` is no task definition in JSON: `acetate show` says why"
        ));
    }
    if !is_read {
        notes.push("say in `family` where to register, and in `[containers.NAME]` what to lay over the template".to_owned());
    }
    if other.config.get("service_definition").is_some() {
        notes.push(
            "the service stays as it is: `service_definition` belongs to infrastructure code"
                .to_owned(),
        );
    }
    for key in [
        "plugins",
        "appspec",
        "codedeploy",
        "ignore",
        "filter_command",
    ] {
        if other.config.get(key).is_some() {
            notes.push(format!("`{key}` is not taken over"));
        }
    }
    notes
}
