//! The built-in overlay: what `[containers]`, `[sidecars]` and `[tags]` of acetate.toml mean.

#[cfg(target_family = "wasm")]
#[expect(unsafe_code, reason = "generated bindings")]
mod component;
