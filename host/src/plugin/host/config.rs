//! `acetate:plugin/config`: the entry's own configuration.

use serde_json::Value;

use crate::edit::Failure;
use crate::plugin::bindings::config;
use crate::plugin::state::{Answer, State};

impl config::Host for State {
    fn get(&mut self, pointer: String) -> Answer<Option<String>> {
        self.count("config.get", &[&pointer])?;
        let result = match self.entry.config.pointer(&pointer) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(value @ (Value::Bool(_) | Value::Number(_))) => Ok(Some(value.to_string())),
            Some(_) => {
                let message = format!("`{pointer}` is a table or an array, not one value");
                Err(Failure::new("invalid", message).hint("read it with `json`"))
            }
        };
        self.answer(result)
    }

    fn json(&mut self) -> wasmtime::Result<String> {
        self.count("config.json", &[])?;
        let text = self.entry.config.to_string();
        self.give(text)
    }
}
