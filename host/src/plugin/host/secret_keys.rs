//! `acetate:plugin/secret-keys`: names of the JSON keys in a secret, never their values.

use crate::plugin::bindings::secret_keys;
use crate::plugin::lookups::{Question, Reply};
use crate::plugin::state::{Answer, State};

impl secret_keys::Host for State {
    fn keys(&mut self, name: String) -> Answer<Vec<String>> {
        self.look_up(&Question::SecretKeys(name), Reply::list)
    }
}
