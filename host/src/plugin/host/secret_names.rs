//! `acetate:plugin/secret-names`: names and ARNs from Secrets Manager.

use crate::plugin::bindings::secret_names;
use crate::plugin::lookups::{Question, Reply};
use crate::plugin::state::{Answer, State};

impl secret_names::Host for State {
    fn names(&mut self, prefix: String, after: Option<String>, limit: u32) -> Answer<Vec<String>> {
        self.look_up_names(Question::SecretNames, (prefix, after, limit))
    }

    fn arn(&mut self, name: String) -> Answer<Option<String>> {
        self.look_up(&Question::SecretArn(name), Reply::text)
    }
}
