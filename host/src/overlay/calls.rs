//! The calls of `acetate:plugin/edit`: each becomes steps, which the draft checks and records.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::edit::{Failure, Step};
use crate::task_definition::address::{self, Address};

use super::draft::Draft;
use super::take_apart;

/// How many names a hint lists.
const MANY: usize = 20;

impl Draft {
    /// Sets the image of a container.
    ///
    /// # Errors
    /// Those of every call here: `not-found` (no such container), `conflict`, `not-allowed`,
    /// `exists`, `invalid`. A refused call has recorded nothing.
    pub fn set_image(&mut self, container: &str, reference: &str) -> Result<(), Failure> {
        let at = self.container(container)?.child("image");
        self.record("set-image", vec![Step::set(at, reference)])
    }

    /// Sets a plain environment variable.
    ///
    /// # Errors
    /// See [`Draft::set_image`]; `exists` if a secret has that name.
    pub fn set_env(&mut self, container: &str, name: &str, value: &str) -> Result<(), Failure> {
        let at = self.element(container, "environment", name)?.child("value");
        self.record("set-env", vec![Step::set(at, value)])
    }

    /// Removes a plain environment variable.
    ///
    /// # Errors
    /// See [`Draft::set_image`].
    pub fn unset_env(&mut self, container: &str, name: &str) -> Result<(), Failure> {
        let at = self.element(container, "environment", name)?;
        self.record("unset-env", vec![Step::remove(at)])
    }

    /// Maps a secret to a variable, and removes a plain variable of that name.
    ///
    /// # Errors
    /// See [`Draft::set_image`].
    pub fn set_secret(&mut self, container: &str, name: &str, from: &str) -> Result<(), Failure> {
        let plain = self.element(container, "environment", name)?;
        let secret = self.element(container, "secrets", name)?.child("valueFrom");
        let mut steps = vec![Step::set(secret, from)];
        if self.at(&plain).is_ok_and(|found| found.is_some()) {
            steps.insert(0, Step::remove(plain));
        }
        self.record("set-secret", steps)
    }

    /// Removes a secret.
    ///
    /// # Errors
    /// See [`Draft::set_image`].
    pub fn unset_secret(&mut self, container: &str, name: &str) -> Result<(), Failure> {
        let at = self.element(container, "secrets", name)?;
        self.record("unset-secret", vec![Step::remove(at)])
    }

    /// Adds a container; `definition` is a JSON object without keyed lists.
    ///
    /// # Errors
    /// See [`Draft::set_image`]; `exists` if another container of that name differs.
    pub fn add_container(&mut self, name: &str, definition: &str) -> Result<(), Failure> {
        let at = Address::container(name);
        let definition = take_apart::parse(definition, &at)?;
        self.add("add-container", at, &definition)
    }

    /// Removes a container.
    ///
    /// # Errors
    /// See [`Draft::set_image`]; a container that is not there is no error.
    pub fn remove_container(&mut self, name: &str) -> Result<(), Failure> {
        self.record(
            "remove-container",
            vec![Step::remove(Address::container(name))],
        )
    }

    /// Makes a container wait for another: START, COMPLETE, SUCCESS or HEALTHY.
    ///
    /// # Errors
    /// See [`Draft::set_image`].
    pub fn set_dependency(
        &mut self,
        container: &str,
        on: &str,
        condition: &str,
    ) -> Result<(), Failure> {
        let at = self.element(container, "dependsOn", on)?.child("condition");
        self.record("set-dependency", vec![Step::set(at, condition)])
    }

    /// Sets the log driver of a container.
    ///
    /// # Errors
    /// See [`Draft::set_image`].
    pub fn set_log_driver(&mut self, container: &str, driver: &str) -> Result<(), Failure> {
        let at = self
            .container(container)?
            .child("logConfiguration")
            .child("logDriver");
        self.record("set-log-driver", vec![Step::set(at, driver)])
    }

    /// Sets one option of the log driver.
    ///
    /// # Errors
    /// See [`Draft::set_image`].
    pub fn set_log_option(
        &mut self,
        container: &str,
        name: &str,
        value: &str,
    ) -> Result<(), Failure> {
        let options = self
            .container(container)?
            .child("logConfiguration")
            .child("options");
        self.record(
            "set-log-option",
            vec![Step::set(options.child(name), value)],
        )
    }

    /// Sets one secret option of the log driver.
    ///
    /// # Errors
    /// See [`Draft::set_image`].
    pub fn set_log_secret(
        &mut self,
        container: &str,
        name: &str,
        from: &str,
    ) -> Result<(), Failure> {
        named("the name of a secret option", name)?;
        let options = self
            .container(container)?
            .child("logConfiguration")
            .child("secretOptions");
        let at = options.child(name).child("valueFrom");
        self.record("set-log-secret", vec![Step::set(at, from)])
    }

    /// Sets the health check of a container. Times are in seconds; 0 takes a member away, so
    /// that ECS's default applies.
    ///
    /// # Errors
    /// See [`Draft::set_image`].
    pub fn set_health_check(
        &mut self,
        container: &str,
        command: &[String],
        times: HealthTimes,
    ) -> Result<(), Failure> {
        let at = self.container(container)?.child("healthCheck");
        let mut steps = vec![Step::set(at.child("command"), json!(command))];
        for (member, number) in [
            ("interval", times.interval),
            ("timeout", times.timeout),
            ("retries", times.retries),
            ("startPeriod", times.start_period),
        ] {
            let new = (number > 0).then(|| json!(number));
            steps.push(Step {
                address: at.child(member),
                new,
            });
        }
        self.record("set-health-check", steps)
    }

    /// Adds a volume; `definition` is a JSON object.
    ///
    /// # Errors
    /// See [`Draft::set_image`]; `exists` if another volume of that name differs.
    pub fn add_volume(&mut self, name: &str, definition: &str) -> Result<(), Failure> {
        let at = Address::root().child("volumes").child(name);
        let definition = take_apart::parse(definition, &at)?;
        self.add("add-volume", at, &definition)
    }

    /// Mounts a volume into a container.
    ///
    /// # Errors
    /// See [`Draft::set_image`]; `exists` if the path has another mount.
    pub fn add_mount(
        &mut self,
        container: &str,
        volume: &str,
        path: &str,
        read_only: bool,
    ) -> Result<(), Failure> {
        let at = self.element(container, "mountPoints", path)?;
        self.add(
            "add-mount",
            at,
            &json!({ "sourceVolume": volume, "readOnly": read_only }),
        )
    }

    /// Sets a docker label of a container.
    ///
    /// # Errors
    /// See [`Draft::set_image`].
    pub fn set_label(&mut self, container: &str, name: &str, value: &str) -> Result<(), Failure> {
        let at = self.element(container, "dockerLabels", name)?;
        self.record("set-label", vec![Step::set(at, value)])
    }

    /// Sets a tag of the revision.
    ///
    /// # Errors
    /// See [`Draft::set_image`].
    pub fn set_tag(&mut self, name: &str, value: &str) -> Result<(), Failure> {
        named("the key of a tag", name)?;
        let at = Address::root().child("tags").child(name).child("value");
        self.record("set-tag", vec![Step::set(at, value)])
    }

    /// Sets one place to a JSON value; an object is merged member by member.
    ///
    /// # Errors
    /// See [`Draft::set_image`]; keyed lists and null are `invalid`.
    pub fn set_json(&mut self, text: &str, value: &str) -> Result<(), Failure> {
        let at = self.address(text)?;
        let value = take_apart::parse(value, &at)?;
        let steps = take_apart::steps(&value, &at)?;
        self.record("set-json", steps)
    }

    /// Removes one place and all below it.
    ///
    /// # Errors
    /// See [`Draft::set_image`]; what is absent is no error.
    pub fn remove(&mut self, text: &str) -> Result<(), Failure> {
        let at = self.address(text)?;
        self.record("remove", vec![Step::remove(at)])
    }

    /// An element that has to be new, or equal to what is there.
    fn add(&mut self, call: &str, at: Address, definition: &Value) -> Result<(), Failure> {
        named("the name", at.tokens().last().map_or("", String::as_str))?;
        if !definition.is_object() {
            return Err(Failure::new("invalid", "the definition is not a JSON object").at(&at));
        }
        let mut steps = vec![Step::set(at.clone(), Value::Object(Map::new()))];
        steps.extend(
            take_apart::steps(definition, &at)?
                .into_iter()
                .filter(|step| step.address != at),
        );
        self.may(call, &steps)?;
        if let Some(there) = self.at(&at).map_err(|error| invalid(&error, &at))? {
            let own = self
                .state
                .claims
                .get(&at)
                .is_some_and(|claim| claim.entry == self.scope().entry);
            let same = match own {
                // What the entry itself added may have grown since.
                true => steps[1..].iter().all(|step| self.stands(step)),
                false => is_same(there, &at, &steps[1..]),
            };
            if !same {
                return Err(
                    Failure::new("exists", format!("another `{at}` is there already")).at(&at),
                );
            }
        }
        self.record(call, steps)
    }

    fn stands(&self, step: &Step) -> bool {
        self.at(&step.address) == Ok(step.new.as_ref())
    }

    fn element(&self, container: &str, list: &str, name: &str) -> Result<Address, Failure> {
        named("the name", name)?;
        Ok(self.container(container)?.child(list).child(name))
    }

    pub(super) fn container(&self, name: &str) -> Result<Address, Failure> {
        let list = self.state.definition.containers();
        let at = Address::root().child("containerDefinitions");
        if self.index.has(list, &at, name) {
            return Ok(at.child(name));
        }
        let name_of = |container: &Value| Some(format!("`{}`", container.get("name")?.as_str()?));
        let mut names: Vec<_> = list.iter().filter_map(name_of).take(MANY + 1).collect();
        if names.len() > MANY {
            names[MANY] = "others".to_owned();
        }
        Err(
            Failure::new("not-found", format!("there is no container `{name}`"))
                .at(&Address::container(name))
                .hint(format!("the containers are {}", names.join(", "))),
        )
    }

    pub(super) fn address(&self, text: &str) -> Result<Address, Failure> {
        self.index
            .parse(self.document(), text)
            .map_err(|error| Failure {
                address: Some(text.to_owned()),
                ..Failure::new("invalid", error.to_string())
            })
    }
}

/// The numbers of a health check; see [`Draft::set_health_check`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct HealthTimes {
    /// Seconds between two checks.
    pub interval: u32,
    /// Seconds until a check counts as failed.
    pub timeout: u32,
    /// Failures in a row until the container is unhealthy.
    pub retries: u32,
    /// Seconds after the start in which failures do not count.
    pub start_period: u32,
}

/// Whether what is there is what shall be added, keyed lists apart, which have calls of their
/// own.
fn is_same(there: &Value, at: &Address, wanted: &[Step]) -> bool {
    let stands: BTreeMap<Address, &Value> = address::leaves(there, at)
        .into_iter()
        .filter(|(leaf, _)| *leaf != *at && !in_keyed_list(leaf, at))
        .collect();
    let holds = |step: &Step| stands.get(&step.address).copied() == step.new.as_ref();
    wanted.iter().all(holds) && stands.len() == wanted.len()
}

fn in_keyed_list(leaf: &Address, element: &Address) -> bool {
    let depth = element.tokens().len();
    (depth + 1..=leaf.tokens().len())
        .any(|end| crate::task_definition::keyed::key_at(&leaf.tokens()[..end]).is_some())
}

fn named(what: &str, name: &str) -> Result<(), Failure> {
    if name.is_empty() {
        return Err(Failure::new("invalid", format!("{what} is empty")));
    }
    Ok(())
}

fn invalid(error: &address::AddressError, at: &Address) -> Failure {
    Failure::new("invalid", error.to_string()).at(at)
}
