//! A policy: every container needs an image that is pinned. It also tries to edit.
#![cfg(target_family = "wasm")]

wit_bindgen::generate!({
    inline: "
        package acetate:test;
        world meddling-policy {
            include acetate:plugin/policy-plugin@0.1.0;
            import acetate:plugin/edit@0.1.0;
        }
    ",
    path: "../../wit",
    generate_all,
});

use acetate::plugin::types::Failure;
use acetate::plugin::{diagnostics, edit, task};

struct Guest;

impl exports::acetate::plugin::policy::Guest for Guest {
    fn check() -> Result<(), Failure> {
        let refused = edit::set_env("app", "A", "1").expect_err("a policy changes nothing");
        diagnostics::trace("info", &refused.message);
        for container in task::containers() {
            let image = task::image(&container)?.unwrap_or_default();
            if !image.contains("@sha256:") {
                let place = format!("/containerDefinitions/{container}/image");
                diagnostics::report("error", "x-pinned", "the image is not pinned", Some(&place));
            }
        }
        Ok(())
    }
}

export!(Guest);
