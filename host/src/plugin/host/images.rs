//! `acetate:plugin/images`: digests from registries.

use crate::plugin::bindings::images;
use crate::plugin::state::{Answer, State};

impl images::Host for State {
    fn digest(&mut self, reference: String) -> Answer<String> {
        self.look_up("images", &reference, |lookups| {
            lookups.image_digest(&reference)
        })
    }
}
