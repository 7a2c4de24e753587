//! The plugin that the README shows; the test of the README compares both.
#![cfg(target_family = "wasm")]

wit_bindgen::generate!({ path: "../../wit", world: "overlay-plugin" });

use acetate::plugin::types::Failure;
use acetate::plugin::{config, edit, task};

struct Otel;

impl exports::acetate::plugin::overlay::Guest for Otel {
    /// Tells every container where the collector is, and as what it speaks.
    fn apply() -> Result<(), Failure> {
        let endpoint = config::get("/endpoint")?.unwrap_or_default();
        for container in task::containers() {
            let name = format!("{}-{container}", task::family());
            edit::set_env(&container, "OTEL_SERVICE_NAME", &name)?;
            edit::set_env(&container, "OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)?;
        }
        Ok(())
    }
}

export!(Otel);
