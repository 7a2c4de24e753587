//! Imports what is neither ours nor WASI.
#![cfg(target_family = "wasm")]

wit_bindgen::generate!({
    inline: "
        package acetate:test;
        world other {
            import acme:shell/run@1.0.0;
            export acetate:plugin/overlay@0.1.0;
        }
        package acme:shell@1.0.0 {
            interface run {
                run: func(command: string) -> string;
            }
        }
    ",
    path: "../../wit",
    generate_all,
});

use exports::acetate::plugin::overlay::{Failure, Guest as Overlay};

struct Guest;

impl Overlay for Guest {
    fn apply() -> Result<(), Failure> {
        acme::shell::run::run("id");
        Ok(())
    }
}

export!(Guest);
