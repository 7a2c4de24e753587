//! The glue between the component's world and the overlay.

wit_bindgen::generate!({ path: "../../wit", world: "overlay-plugin" });

use acetate::plugin::types::{Entry, Failure as Refusal};
use acetate::plugin::{config, diagnostics, edit, files, parameters, secret_names, task};

use crate::host::{Failure, Host, Outcome};

struct Standard;

struct Imported;

impl exports::acetate::plugin::overlay::Guest for Standard {
    fn apply() -> Result<(), Refusal> {
        std::panic::set_hook(Box::new(|panic| {
            diagnostics::trace("panic", &panic.to_string())
        }));
        crate::apply(&Imported).map_err(Refusal::from)
    }
}

export!(Standard);

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let Refusal {
            code,
            message,
            address,
            hint,
            details: _,
        } = refusal;
        Self {
            code,
            message,
            address,
            hint,
        }
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        let Failure {
            code,
            message,
            address,
            hint,
        } = failure;
        Self {
            code,
            message,
            address,
            hint,
            details: None,
        }
    }
}

fn names(entries: Vec<Entry>) -> Vec<String> {
    entries.into_iter().map(|entry| entry.name).collect()
}

impl Host for Imported {
    fn config(&self) -> String {
        config::json()
    }
    fn report(&self, severity: &str, code: &str, message: &str, address: Option<&str>) {
        diagnostics::report(severity, code, message, address);
    }
    fn containers(&self) -> Vec<String> {
        task::containers()
    }
    fn volumes(&self) -> Vec<String> {
        task::volumes()
    }
    fn environment(&self, container: &str) -> Result<Vec<String>, Failure> {
        Ok(names(task::environment(container)?))
    }
    fn secrets(&self, container: &str) -> Result<Vec<String>, Failure> {
        Ok(names(task::secrets(container)?))
    }
    fn json(&self, address: &str) -> Result<Option<String>, Failure> {
        Ok(task::json(address)?)
    }
    fn parameter_names(&self, prefix: &str, after: Option<&str>) -> Result<Vec<String>, Failure> {
        Ok(parameters::names(prefix, after, 0)?)
    }
    fn parameter_arn(&self, name: &str) -> Result<Option<String>, Failure> {
        Ok(parameters::arn(name)?)
    }
    fn secret_arn(&self, name: &str) -> Result<Option<String>, Failure> {
        Ok(secret_names::arn(name)?)
    }
    fn read_text(&self, path: &str) -> Result<String, Failure> {
        Ok(files::read_text(path)?)
    }
    fn set_image(&self, container: &str, reference: &str) -> Outcome {
        Ok(edit::set_image(container, reference)?)
    }
    fn set_env(&self, container: &str, name: &str, value: &str) -> Outcome {
        Ok(edit::set_env(container, name, value)?)
    }
    fn unset_env(&self, container: &str, name: &str) -> Outcome {
        Ok(edit::unset_env(container, name)?)
    }
    fn set_secret(&self, container: &str, name: &str, value_from: &str) -> Outcome {
        Ok(edit::set_secret(container, name, value_from)?)
    }
    fn unset_secret(&self, container: &str, name: &str) -> Outcome {
        Ok(edit::unset_secret(container, name)?)
    }
    fn add_container(&self, name: &str, definition: &str) -> Outcome {
        Ok(edit::add_container(name, definition)?)
    }
    fn set_dependency(&self, container: &str, on: &str, condition: &str) -> Outcome {
        Ok(edit::set_dependency(container, on, condition)?)
    }
    fn set_log_driver(&self, container: &str, driver: &str) -> Outcome {
        Ok(edit::set_log_driver(container, driver)?)
    }
    fn set_log_option(&self, container: &str, name: &str, value: &str) -> Outcome {
        Ok(edit::set_log_option(container, name, value)?)
    }
    fn set_log_secret(&self, container: &str, name: &str, value_from: &str) -> Outcome {
        Ok(edit::set_log_secret(container, name, value_from)?)
    }
    fn add_volume(&self, name: &str, definition: &str) -> Outcome {
        Ok(edit::add_volume(name, definition)?)
    }
    fn add_mount(&self, container: &str, volume: &str, path: &str, read_only: bool) -> Outcome {
        Ok(edit::add_mount(container, volume, path, read_only)?)
    }
    fn set_label(&self, container: &str, name: &str, value: &str) -> Outcome {
        Ok(edit::set_label(container, name, value)?)
    }
    fn set_tag(&self, name: &str, value: &str) -> Outcome {
        Ok(edit::set_tag(name, value)?)
    }
    fn set_json(&self, address: &str, value: &str) -> Outcome {
        Ok(edit::set_json(address, value)?)
    }
    fn remove(&self, address: &str) -> Outcome {
        Ok(edit::remove(address)?)
    }
}
