//! Native code of what ran without, made when somebody has time.

use std::sync::Arc;

use super::Apart;
use crate::error::Error;

/// Native code that stays, still to be made, for whoever has time.
#[derive(Clone)]
pub struct Later(pub(in crate::plugin) Arc<Apart>);

impl Later {
    /// Makes it on a thread that nobody waits for. Where the program ends before, nothing is kept:
    /// the process that compiles ends with it, and a file of the store is whole or is not there.
    pub fn start(self) {
        std::thread::spawn(move || {
            // Nothing depends on it, and the next run says what is wrong with the component.
            let _made = self.0.make();
        });
    }

    /// Makes it now.
    ///
    /// # Errors
    /// It cannot be compiled.
    pub fn make(&self) -> Result<(), Error> {
        Ok(self.0.make().map(|_| ())?)
    }
}

impl std::fmt::Debug for Later {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Later({})", self.0.name)
    }
}
