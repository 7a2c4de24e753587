//! `acetate:plugin/parameter-values`: plain values from SSM Parameter Store.

use crate::plugin::bindings::parameter_values;
use crate::plugin::state::{Answer, State};

impl parameter_values::Host for State {
    fn get(&mut self, name: String) -> Answer<Option<String>> {
        self.look_up("parameter-values", &name, |lookups| {
            lookups.parameter_value(&name)
        })
    }
}
