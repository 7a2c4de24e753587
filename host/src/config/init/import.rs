//! A first acetate.toml from the configuration of another tool:
//! [ecspresso](https://github.com/kayac/ecspresso) or ecs-deploy-cli.

mod ecs_deploy_cli;
mod ecspresso;
mod yaml;

use serde_json::{Map, Value, json};

use super::{Draft, text};

/// The tool that a configuration is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tool {
    Ecspresso,
    EcsDeployCli,
}

/// The configuration of another tool, as it was read.
#[derive(Debug)]
pub struct Other {
    tool: Tool,
    config: Value,
    /// The folder of its file, with `/` at its end where it is not empty.
    folder: String,
}

impl Other {
    /// Reads YAML or JSON. `folder` is where the file lies, seen from acetate.toml.
    ///
    /// # Errors
    /// What is wrong, as a fragment: no YAML, or of neither tool.
    pub fn parse(text: &str, folder: &str) -> Result<Self, String> {
        let config = yaml::read(text)?;
        let has = |name: &str| config.get(name).is_some();
        let tool = if has("task_definition") && has("service") {
            Tool::Ecspresso
        } else if has("taskDefinition") && has("serviceName") {
            Tool::EcsDeployCli
        } else {
            return Err("neither ecspresso's (`service`, `task_definition`) nor ecs-deploy-cli's (`serviceName`, `taskDefinition`)".to_owned());
        };
        let folder = match folder {
            "" | "." => String::new(),
            folder => format!("{}/", folder.trim_end_matches('/')),
        };
        Ok(Self {
            tool,
            config,
            folder,
        })
    }

    /// The file with the task definition, which [`Other::draft`] wants to see; seen from
    /// acetate.toml.
    #[must_use]
    pub fn definition_file(&self) -> Option<String> {
        let file = self
            .config
            .get("task_definition")
            .filter(|_| self.tool == Tool::Ecspresso)?;
        Some(format!(
            "{}{}",
            self.folder,
            file.as_str()?.trim_start_matches("./")
        ))
    }

    /// The acetate.toml. `definition` is the text of [`Other::definition_file`], where it could
    /// be read.
    #[must_use]
    pub fn draft(&self, definition: Option<&str>) -> Draft {
        match self.tool {
            Tool::Ecspresso => ecspresso::draft(self, definition),
            Tool::EcsDeployCli => ecs_deploy_cli::draft(&self.config),
        }
    }
}

/// The file as it grows.
#[derive(Debug, Default)]
struct Sheet {
    head: Map<String, Value>,
    inputs: Map<String, Value>,
    containers: Map<String, Value>,
    deploy: Map<String, Value>,
    notes: Vec<String>,
}

impl Sheet {
    fn set(&mut self, key: &str, value: Option<&str>) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.head.insert(key.to_owned(), literal(value));
        }
    }

    /// `[containers.NAME]` gets the image that each run is given.
    fn image(&mut self, container: &str, input: Value) {
        self.inputs.insert("image".to_owned(), input);
        self.put(container, "image", json!("${inputs.image}"));
    }

    fn put(&mut self, container: &str, setting: &str, value: Value) {
        let settings = self
            .containers
            .entry(container)
            .or_insert_with(|| json!({}));
        settings[setting] = value;
    }

    fn draft(self, from: &str) -> Draft {
        let mut text = format!("# Written by `acetate init` from {from}.\n");
        text += text::section(&[], &self.head).trim_start();
        for (section, content) in [("inputs", &self.inputs), ("deploy", &self.deploy)] {
            if !content.is_empty() {
                // Each input in a line of its own.
                text += &format!("\n[{section}]\n");
                text += &content
                    .iter()
                    .map(|(name, value)| format!("{} = {}\n", text::key(name), text::inline(value)))
                    .collect::<String>();
            }
        }
        for (name, settings) in &self.containers {
            text += &text::section(
                &["containers", name],
                settings.as_object().unwrap_or(&Map::new()),
            );
        }
        Draft {
            text,
            notes: self.notes,
            left: Vec::new(),
        }
    }
}

/// A string that stands for itself in acetate.toml.
fn literal(text: &str) -> Value {
    super::containers::literal(text)
}

#[cfg(test)]
mod tests;
