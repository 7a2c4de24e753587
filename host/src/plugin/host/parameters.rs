//! `acetate:plugin/parameters`: names, ARNs and kinds from SSM Parameter Store.

use crate::plugin::bindings::parameters;
use crate::plugin::state::{Answer, State};

impl parameters::Host for State {
    fn names(&mut self, prefix: String, after: Option<String>, limit: u32) -> Answer<Vec<String>> {
        self.look_up_list(
            "parameters",
            (&prefix, after, limit),
            |lookups, after, limit| lookups.parameter_names(&prefix, after, limit),
        )
    }

    fn arn(&mut self, name: String) -> Answer<Option<String>> {
        self.look_up("parameters", &name, |lookups| lookups.parameter_arn(&name))
    }

    fn kind(&mut self, name: String) -> Answer<Option<String>> {
        self.look_up("parameters", &name, |lookups| lookups.parameter_kind(&name))
    }
}
