//! The host's side of `wit/`, made by wasmtime. Exports are called by name (see `run`), so that
//! one set of bindings serves overlays and policies.

wasmtime::component::bindgen!({
    path: "../wit",
    world: "overlay-plugin",
    imports: { default: trappable },
});

pub use self::acetate::plugin::{
    config, diagnostics, edit, files, images, parameter_values, parameters, secret_keys,
    secret_names, target, task, template, types,
};
