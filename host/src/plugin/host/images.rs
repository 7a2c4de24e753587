//! `acetate:plugin/images`: digests from registries.

use crate::edit::Failure;
use crate::plugin::bindings::images;
use crate::plugin::lookups::{Question, Reply};
use crate::plugin::state::{Answer, State};
use crate::registry::Reference;

impl images::Host for State {
    fn digest(&mut self, reference: String) -> Answer<String> {
        // In its one full spelling, which is what grants are compared with.
        let image: Reference = match reference.parse() {
            Ok(image) => image,
            Err(wrong) => {
                self.count("images", &[&reference])?;
                return self.answer(Err(Failure::new("invalid", wrong)));
            }
        };
        self.look_up(&Question::ImageDigest(image.to_string()), |reply: Reply| {
            reply.text()?.ok_or_else(|| {
                Failure::new("not-found", format!("there is no image `{reference}`"))
            })
        })
    }
}
