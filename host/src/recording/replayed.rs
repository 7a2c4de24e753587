//! A recording in the place of the world.

use std::time::Duration;

use super::Recording;
use crate::edit::Failure;
use crate::plugin::{Late, Lookups, Question, Replied};

impl Lookups for Recording {
    fn ask(&self, question: &Question, _: Duration) -> Result<Replied, Late> {
        let known = self.asked.get(question).cloned();
        Ok(known.unwrap_or_else(|| Err(unrecorded(question))))
    }
}

fn unrecorded(question: &Question) -> Failure {
    let (capability, of) = question.parts();
    let message =
        format!("`{capability}` of `{of}` is not in the recording, and a replay asks nobody");
    Failure::new("unavailable", message).hint("record the run again, with `--record`")
}
