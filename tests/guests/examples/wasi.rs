//! What a foreign toolchain drags in: it imports WASI, and calls it if its configuration says so.
#![cfg(target_family = "wasm")]

wit_bindgen::generate!({
    inline: "
        package acetate:test;
        world foreign {
            include acetate:plugin/overlay-plugin@0.1.0;
            import wasi:cli/environment@0.2.6;
            import wasi:io/error@0.2.6;
        }
        package wasi:cli@0.2.6 {
            interface environment {
                get-environment: func() -> list<tuple<string, string>>;
            }
        }
        package wasi:io@0.2.6 {
            interface error {
                resource error {
                    to-debug-string: func() -> string;
                }
                last: func() -> option<error>;
            }
        }
    ",
    path: "../../wit",
    generate_all,
});

use acetate::plugin::types::Failure;
use acetate::plugin::{config, edit};
use wasi::{cli::environment, io::error};

struct Guest;

impl exports::acetate::plugin::overlay::Guest for Guest {
    fn apply() -> Result<(), Failure> {
        if config::get("/do")?.is_some() {
            let found = environment::get_environment().len();
            let error = error::last().map(|error| error.to_debug_string());
            edit::set_env("app", "FOUND", &format!("{found} {error:?}"))?;
        }
        edit::set_env("app", "WASI", "not called")
    }
}

export!(Guest);
