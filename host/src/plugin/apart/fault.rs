//! What a process that runs a plugin can do wrong.

use std::process::ExitStatus;
use std::time::Duration;

use crate::plugin::words;

/// What a process that runs a plugin did wrong, as a fragment.
#[derive(Debug, thiserror::Error)]
pub enum ApartFault {
    /// There is no such process.
    #[error("cannot be started: {0}")]
    NotStarted(std::io::Error),
    /// It did not come to an end.
    #[error("came to no end in {} s, in which it should have compiled and run it", .0.as_secs())]
    Late(Duration),
    /// It ended without an answer.
    #[error("ended before it answered: {0}")]
    Ended(ExitStatus),
    /// It said more than a plugin may.
    #[error("says more than the plugin may: over {0} bytes")]
    TooLong(u64),
    /// It said something else.
    #[error("says what is no answer: {}", words::name(.0))]
    NoAnswer(String),
    /// It says that the plugin made an edit that is refused here.
    #[error("says that the plugin made an edit which is refused: {}", words::name(.0))]
    Refused(String),
}
