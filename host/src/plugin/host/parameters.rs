//! `acetate:plugin/parameters`: names, ARNs and kinds from SSM Parameter Store.

use crate::plugin::bindings::parameters;
use crate::plugin::lookups::{Question, Reply};
use crate::plugin::state::{Answer, State};

impl parameters::Host for State {
    fn names(&mut self, prefix: String, after: Option<String>, limit: u32) -> Answer<Vec<String>> {
        self.look_up_names(Question::ParameterNames, (prefix, after, limit))
    }

    fn arn(&mut self, name: String) -> Answer<Option<String>> {
        self.look_up(&Question::ParameterArn(name), Reply::text)
    }

    fn kind(&mut self, name: String) -> Answer<Option<String>> {
        self.look_up(&Question::ParameterKind(name), Reply::text)
    }
}
