//! Tries to edit while it is instantiated, before `apply`.
#![cfg(target_family = "wasm")]

use std::sync::Mutex;

wit_bindgen::generate!({ path: "../../wit", world: "overlay-plugin" });

use acetate::plugin::types::Failure;
use acetate::plugin::{diagnostics, edit};

static EARLY: Mutex<Option<Failure>> = Mutex::new(None);

/// Called when the component is instantiated.
#[unsafe(no_mangle)]
extern "C" fn _initialize() {
    let refused = edit::set_env("app", "EARLY", "1").expect_err("edits come in apply");
    *EARLY.lock().expect("there is one thread") = Some(refused);
}

struct Guest;

impl exports::acetate::plugin::overlay::Guest for Guest {
    fn apply() -> Result<(), Failure> {
        let refused = EARLY.lock().expect("there is one thread").take();
        diagnostics::trace("info", &refused.expect("it was tried").message);
        edit::set_env("app", "LATE", "1")
    }
}

export!(Guest);
