//! The built-in overlay: what `[containers]`, `[sidecars]` and `[tags]` of acetate.toml mean.
//!
//! An ordinary component against `acetate:plugin`, with no privilege. Everything but the glue in
//! `component` is pure and works on a [`Host`], so it is tested natively.
//!
//! Faults are reported, never returned: a user sees all of them at once. The host fails the run
//! after [`apply`] where an error was reported.

#[cfg(target_family = "wasm")]
#[expect(unsafe_code, reason = "generated bindings")]
mod component;
mod containers;
mod dotenv;
mod environment;
mod host;
mod log;
mod network;
mod presets;
mod reference;
mod run;
mod secrets;
mod settings;
mod sidecars;
#[cfg(test)]
mod testing;

pub use host::{Failure, Host};

use run::Run;
use serde_json::{Map, Value};
use sidecars::Sidecar;

/// Lays this entry's configuration over the task definition.
///
/// # Errors
/// Only where the configuration is not a JSON object, which the host has checked before.
pub fn apply(host: &dyn Host) -> Result<(), Failure> {
    let config: Map<String, Value> = serde_json::from_str(&host.config())
        .map_err(|error| Failure::new("invalid", format!("the configuration: {error}")))?;
    let run = Run::new(host);
    let section = |name: &str| run.table(&config, "", name);

    // Sidecars first: settings may name them, in `depends-on` for instance.
    let template = host.containers();
    let sidecars = sidecars::add(&run, &section("sidecars"), &template);
    let layers = settings::by_container(&run, &section("containers"));
    let containers = known(&run, layers, &template, &sidecars);

    for (name, settings) in &containers {
        containers::apply(&run.at("containers", name), settings);
    }
    for sidecar in &sidecars {
        containers::apply(&run.at("sidecars", &sidecar.name), &sidecar.settings);
    }
    sidecars::connect(&run, &sidecars, &containers, &template);
    for (name, value) in run.texts(&config, "", "tags") {
        let outcome = host.set_tag(&name, &value);
        run.check(outcome, &format!("tags.{name}"), None);
    }
    Ok(())
}

/// The settings of containers that the template has; the others are reported.
fn known(
    run: &Run,
    layers: Vec<(String, Map<String, Value>)>,
    template: &[String],
    sidecars: &[Sidecar],
) -> Vec<(String, Map<String, Value>)> {
    let mut found = Vec::new();
    for (name, settings) in layers {
        if template.contains(&name) {
            found.push((name, settings));
        } else if sidecars.iter().any(|sidecar| sidecar.name == name) {
            let text = format!("`{name}` is a sidecar: its settings go under [sidecars.{name}]");
            run.error(
                "unknown-container",
                &format!("containers.{name}"),
                &text,
                None,
            );
        } else {
            run.unknown_container(&format!("containers.{name}"), &name, template);
        }
    }
    found
}
