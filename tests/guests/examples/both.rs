//! Exports both kinds, which the host refuses.
#![cfg(target_family = "wasm")]

wit_bindgen::generate!({
    inline: "
        package acetate:test;
        world both {
            export acetate:plugin/overlay@0.1.0;
            export acetate:plugin/policy@0.1.0;
        }
    ",
    path: "../../wit",
    generate_all,
});

use exports::acetate::plugin::{overlay, policy};

struct Guest;

impl overlay::Guest for Guest {
    fn apply() -> Result<(), overlay::Failure> {
        Ok(())
    }
}

impl policy::Guest for Guest {
    fn check() -> Result<(), policy::Failure> {
        Ok(())
    }
}

export!(Guest);
