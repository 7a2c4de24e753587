//! A host in memory: a document's containers, lookups, files; it records calls and reports.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::host::{Failure, Host, Outcome};

/// Template, world and what the overlay did.
#[derive(Default)]
pub(crate) struct Fake {
    pub config: String,
    pub template: Value,
    pub added: RefCell<Vec<String>>,
    pub volumes: RefCell<Vec<String>>,
    pub parameters: Vec<String>,
    pub known_secrets: Vec<String>,
    pub files: BTreeMap<String, String>,
    /// Calls that this host refuses.
    pub refuses: Vec<&'static str>,
    pub calls: RefCell<Vec<String>>,
    pub reports: RefCell<Vec<String>>,
}

/// A host with containers `app` and `worker`, and this configuration.
pub(crate) fn host(config: Value) -> Fake {
    let template = json!({
        "app": {
            "environment": ["MODE", "LEGACY"],
            "secrets": ["TOKEN"],
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": { "awslogs-group": "g", "mode": "non-blocking" },
                "secretOptions": [{ "name": "key", "valueFrom": "x" }],
            },
        },
        "worker": {},
    });
    Fake {
        config: config.to_string(),
        template,
        ..Fake::default()
    }
}

/// The same for the settings of `app` alone.
pub(crate) fn app(settings: Value) -> Fake {
    host(json!({ "containers": { "app": settings } }))
}

impl Fake {
    /// Runs the overlay; gives the edits and, in the order of the calls, what was reported.
    pub fn run(&self) -> (Vec<String>, Vec<String>) {
        crate::apply(self).expect("the configuration is an object");
        (self.calls.borrow().clone(), self.reports.borrow().clone())
    }

    /// The edits of a run that reports nothing.
    pub fn edits(&self) -> Vec<String> {
        let (edits, reports) = self.run();
        assert_eq!(reports, [] as [String; 0]);
        edits
    }

    /// What a run reports.
    pub fn faults(&self) -> Vec<String> {
        self.run().1
    }

    fn call(&self, name: &'static str, arguments: &[&str]) -> Outcome {
        if self.refuses.contains(&name) {
            let mut failure = Failure::new("not-allowed", format!("`{name}` is refused"));
            failure.hint = Some("allow it".to_owned());
            return Err(failure);
        }
        self.calls
            .borrow_mut()
            .push(format!("{name} {}", arguments.join(" ")));
        Ok(())
    }

    fn names(&self, container: &str, list: &str) -> Vec<String> {
        let list = self.template[container][list]
            .as_array()
            .cloned()
            .unwrap_or_default();
        list.iter()
            .map(|name| name.as_str().unwrap().to_owned())
            .collect()
    }
}

impl Host for Fake {
    fn config(&self) -> String {
        self.config.clone()
    }
    fn report(&self, severity: &str, code: &str, message: &str, _: Option<&str>) {
        self.reports
            .borrow_mut()
            .push(format!("{severity} {code} {message}"));
    }
    fn containers(&self) -> Vec<String> {
        let template = self.template.as_object().unwrap().keys().cloned();
        template
            .chain(self.added.borrow().iter().cloned())
            .collect()
    }
    fn volumes(&self) -> Vec<String> {
        self.volumes.borrow().clone()
    }
    fn environment(&self, container: &str) -> Result<Vec<String>, Failure> {
        Ok(self.names(container, "environment"))
    }
    fn secrets(&self, container: &str) -> Result<Vec<String>, Failure> {
        Ok(self.names(container, "secrets"))
    }
    fn json(&self, address: &str) -> Result<Option<String>, Failure> {
        let pointer = address.strip_prefix("/containerDefinitions").unwrap();
        Ok(self.template.pointer(pointer).map(Value::to_string))
    }
    fn parameter_names(&self, prefix: &str, after: Option<&str>) -> Result<Vec<String>, Failure> {
        // Pages of two.
        let rest = self
            .parameters
            .iter()
            .filter(|name| name.starts_with(prefix));
        let rest = rest.filter(|name| after.is_none_or(|after| name.as_str() > after));
        Ok(rest.take(2).cloned().collect())
    }
    fn parameter_arn(&self, name: &str) -> Result<Option<String>, Failure> {
        let found = self.parameters.iter().any(|known| known == name);
        Ok(found.then(|| format!("arn:ssm:{name}")))
    }
    fn secret_arn(&self, name: &str) -> Result<Option<String>, Failure> {
        let found = self.known_secrets.iter().any(|known| known == name);
        Ok(found.then(|| format!("arn:sm:{name}-AbCdEf")))
    }
    fn read_text(&self, path: &str) -> Result<String, Failure> {
        let missing = || Failure::new("not-found", format!("no file `{path}`"));
        self.files.get(path).cloned().ok_or_else(missing)
    }
    fn set_image(&self, container: &str, reference: &str) -> Outcome {
        self.call("set-image", &[container, reference])
    }
    fn set_env(&self, container: &str, name: &str, value: &str) -> Outcome {
        self.call("set-env", &[container, name, value])
    }
    fn unset_env(&self, container: &str, name: &str) -> Outcome {
        self.call("unset-env", &[container, name])
    }
    fn set_secret(&self, container: &str, name: &str, value_from: &str) -> Outcome {
        self.call("set-secret", &[container, name, value_from])
    }
    fn unset_secret(&self, container: &str, name: &str) -> Outcome {
        self.call("unset-secret", &[container, name])
    }
    fn add_container(&self, name: &str, definition: &str) -> Outcome {
        self.call("add-container", &[name, definition])?;
        self.added.borrow_mut().push(name.to_owned());
        Ok(())
    }
    fn set_dependency(&self, container: &str, on: &str, condition: &str) -> Outcome {
        self.call("set-dependency", &[container, on, condition])
    }
    fn set_log_driver(&self, container: &str, driver: &str) -> Outcome {
        self.call("set-log-driver", &[container, driver])
    }
    fn set_log_option(&self, container: &str, name: &str, value: &str) -> Outcome {
        self.call("set-log-option", &[container, name, value])
    }
    fn set_log_secret(&self, container: &str, name: &str, value_from: &str) -> Outcome {
        self.call("set-log-secret", &[container, name, value_from])
    }
    fn add_volume(&self, name: &str, definition: &str) -> Outcome {
        self.volumes.borrow_mut().push(name.to_owned());
        self.call("add-volume", &[name, definition])
    }
    fn add_mount(&self, container: &str, volume: &str, path: &str, read_only: bool) -> Outcome {
        self.call(
            "add-mount",
            &[container, volume, path, if read_only { "ro" } else { "rw" }],
        )
    }
    fn set_label(&self, container: &str, name: &str, value: &str) -> Outcome {
        self.call("set-label", &[container, name, value])
    }
    fn set_tag(&self, name: &str, value: &str) -> Outcome {
        self.call("set-tag", &[name, value])
    }
    fn set_json(&self, address: &str, value: &str) -> Outcome {
        self.call(
            "set-json",
            &[address.trim_start_matches("/containerDefinitions/"), value],
        )
    }
    fn remove(&self, address: &str) -> Outcome {
        self.call(
            "remove",
            &[address.trim_start_matches("/containerDefinitions/")],
        )
    }
}
