//! A call of `acetate:plugin/edit` as data: counted, told, made, and made again from what another
//! process says that it made.

use serde::{Deserialize, Serialize};

use super::calls::HealthTimes;
use super::draft::Draft;
use crate::edit::Failure;

/// One call that edits, with all that it was given. The texts are in the order of the interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Call {
    /// See [`Draft::set_image`].
    SetImage(String, String),
    /// See [`Draft::set_env`].
    SetEnv(String, String, String),
    /// See [`Draft::unset_env`].
    UnsetEnv(String, String),
    /// See [`Draft::set_secret`].
    SetSecret(String, String, String),
    /// See [`Draft::unset_secret`].
    UnsetSecret(String, String),
    /// See [`Draft::add_container`].
    AddContainer(String, String),
    /// See [`Draft::remove_container`].
    RemoveContainer(String),
    /// See [`Draft::set_dependency`].
    SetDependency(String, String, String),
    /// See [`Draft::set_log_driver`].
    SetLogDriver(String, String),
    /// See [`Draft::set_log_option`].
    SetLogOption(String, String, String),
    /// See [`Draft::set_log_secret`].
    SetLogSecret(String, String, String),
    /// See [`Draft::set_health_check`].
    SetHealthCheck(String, Vec<String>, HealthTimes),
    /// See [`Draft::add_volume`].
    AddVolume(String, String),
    /// See [`Draft::add_mount`].
    AddMount(String, String, String, bool),
    /// See [`Draft::set_label`].
    SetLabel(String, String, String),
    /// See [`Draft::set_tag`].
    SetTag(String, String),
    /// See [`Draft::set_json`].
    SetJson(String, String),
    /// See [`Draft::remove`].
    Remove(String),
}

impl Call {
    /// Its name in `acetate:plugin/edit`, and its texts.
    #[must_use]
    pub fn parts(&self) -> (&'static str, Vec<&str>) {
        match self {
            Self::SetImage(a, b) => ("set-image", vec![a, b]),
            Self::SetEnv(a, b, c) => ("set-env", vec![a, b, c]),
            Self::UnsetEnv(a, b) => ("unset-env", vec![a, b]),
            Self::SetSecret(a, b, c) => ("set-secret", vec![a, b, c]),
            Self::UnsetSecret(a, b) => ("unset-secret", vec![a, b]),
            Self::AddContainer(a, b) => ("add-container", vec![a, b]),
            Self::RemoveContainer(a) => ("remove-container", vec![a]),
            Self::SetDependency(a, b, c) => ("set-dependency", vec![a, b, c]),
            Self::SetLogDriver(a, b) => ("set-log-driver", vec![a, b]),
            Self::SetLogOption(a, b, c) => ("set-log-option", vec![a, b, c]),
            Self::SetLogSecret(a, b, c) => ("set-log-secret", vec![a, b, c]),
            Self::SetHealthCheck(a, command, _) => {
                let command = command.iter().map(String::as_str);
                let given = std::iter::once(a.as_str()).chain(command);
                ("set-health-check", given.collect())
            }
            Self::AddVolume(a, b) => ("add-volume", vec![a, b]),
            Self::AddMount(a, b, c, _) => ("add-mount", vec![a, b, c]),
            Self::SetLabel(a, b, c) => ("set-label", vec![a, b, c]),
            Self::SetTag(a, b) => ("set-tag", vec![a, b]),
            Self::SetJson(a, b) => ("set-json", vec![a, b]),
            Self::Remove(a) => ("remove", vec![a]),
        }
    }
}

impl Draft {
    /// Makes a call: all of it is recorded, or nothing.
    ///
    /// # Errors
    /// Those of the call.
    pub fn make(&mut self, call: &Call) -> Result<(), Failure> {
        match call {
            Call::SetImage(container, image) => self.set_image(container, image),
            Call::SetEnv(container, name, value) => self.set_env(container, name, value),
            Call::UnsetEnv(container, name) => self.unset_env(container, name),
            Call::SetSecret(container, name, from) => self.set_secret(container, name, from),
            Call::UnsetSecret(container, name) => self.unset_secret(container, name),
            Call::AddContainer(name, definition) => self.add_container(name, definition),
            Call::RemoveContainer(name) => self.remove_container(name),
            Call::SetDependency(container, on, until) => self.set_dependency(container, on, until),
            Call::SetLogDriver(container, driver) => self.set_log_driver(container, driver),
            Call::SetLogOption(container, name, value) => {
                self.set_log_option(container, name, value)
            }
            Call::SetLogSecret(container, name, from) => self.set_log_secret(container, name, from),
            Call::SetHealthCheck(container, command, times) => {
                self.set_health_check(container, command, *times)
            }
            Call::AddVolume(name, definition) => self.add_volume(name, definition),
            Call::AddMount(container, volume, path, read_only) => {
                self.add_mount(container, volume, path, *read_only)
            }
            Call::SetLabel(container, name, value) => self.set_label(container, name, value),
            Call::SetTag(name, value) => self.set_tag(name, value),
            Call::SetJson(address, value) => self.set_json(address, value),
            Call::Remove(address) => self.remove(address),
        }
    }
}
