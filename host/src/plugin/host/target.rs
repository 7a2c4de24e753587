//! `acetate:plugin/target`: what is being deployed where.

use crate::plugin::bindings::target;
use crate::plugin::state::State;

impl target::Host for State {
    fn get(&mut self, key: String) -> wasmtime::Result<Option<String>> {
        self.count("target.get", &[&key])?;
        let value = match key.as_str() {
            "host-version" => Some(env!("CARGO_PKG_VERSION").to_owned()),
            key => self.entry.target.get(key).cloned(),
        };
        self.give(value)
    }

    fn input(&mut self, name: String) -> wasmtime::Result<Option<String>> {
        self.count("target.input", &[&name])?;
        let value = self.entry.inputs.get(&name).cloned();
        self.give(value)
    }
}
