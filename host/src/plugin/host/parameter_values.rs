//! `acetate:plugin/parameter-values`: plain values from SSM Parameter Store.

use crate::plugin::bindings::parameter_values;
use crate::plugin::lookups::{Question, Reply};
use crate::plugin::state::{Answer, State};

impl parameter_values::Host for State {
    fn get(&mut self, name: String) -> Answer<Option<String>> {
        self.look_up(&Question::ParameterValue(name), Reply::text)
    }
}
