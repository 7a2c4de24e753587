//! Made with a newer kit: it imports functions and an interface that no host has yet.
#![cfg(target_family = "wasm")]

wit_bindgen::generate!({
    inline: "
        package acetate:plugin@0.1.7;
        interface types {
            record failure {
                code: string,
                message: string,
                address: option<string>,
                hint: option<string>,
                details: option<string>,
            }
        }
        interface task {
            use types.{failure};
            containers: func() -> list<string>;
            weather: func(place: string) -> result<string, failure>;
        }
        interface edit {
            use types.{failure};
            set-env: func(container: string, name: string, value: string) -> result<_, failure>;
        }
        interface moon {
            use types.{failure};
            phase: func() -> result<u32, failure>;
        }
        interface overlay {
            use types.{failure};
            apply: func() -> result<_, failure>;
        }
        world newer {
            import task;
            import edit;
            import moon;
            export overlay;
        }
    ",
});

use acetate::plugin::types::Failure;
use acetate::plugin::{edit, moon, task};

struct Guest;

impl exports::acetate::plugin::overlay::Guest for Guest {
    fn apply() -> Result<(), Failure> {
        let container = task::containers().remove(0);
        let weather = task::weather("Dublin").expect_err("no host has it");
        edit::set_env(&container, "WEATHER", &weather.code)?;
        let moon = moon::phase().expect_err("no host has it");
        edit::set_env(&container, "MOON", &moon.code)
    }
}

export!(Guest);
