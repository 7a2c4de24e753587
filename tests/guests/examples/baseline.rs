//! A policy, as organisations share one: no image is whatever is the latest.
#![cfg(target_family = "wasm")]

wit_bindgen::generate!({ path: "../../wit", world: "policy-plugin" });

use acetate::plugin::types::Failure;
use acetate::plugin::{diagnostics, task};

struct Baseline;

impl exports::acetate::plugin::policy::Guest for Baseline {
    fn check() -> Result<(), Failure> {
        for container in task::containers() {
            let image = task::image(&container)?.unwrap_or_default();
            if image.ends_with(":latest") {
                let place = format!("/containerDefinitions/{container}/image");
                let message = "the image is whatever is the latest";
                diagnostics::report("error", "x-latest", message, Some(&place));
            }
        }
        Ok(())
    }
}

export!(Baseline);
