//! The glue between the component's world and the overlay.

wit_bindgen::generate!({ path: "../../wit", world: "overlay-plugin" });

use acetate::plugin::types::Failure;

struct Standard;

impl exports::acetate::plugin::overlay::Guest for Standard {
    fn apply() -> Result<(), Failure> {
        Ok(())
    }
}

export!(Standard);
