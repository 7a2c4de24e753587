//! What all plugins of a process share: one runtime, and the store that their code comes from.

use std::sync::{Arc, Mutex, PoisonError};

use crate::error::Error;
use crate::plugin::Runtime;
use crate::store::{self, Store};

/// The store, and the runtime once something was loaded.
pub struct Shared {
    store: Arc<Store>,
    coredumps: bool,
    runtime: Mutex<Option<Arc<Runtime>>>,
}

impl Shared {
    /// With the store of this user. Nothing is read yet.
    pub fn new(coredumps: bool) -> Self {
        Self {
            coredumps,
            store: store::of_this_user(),
            runtime: Mutex::default(),
        }
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The runtime, made at the first call.
    pub fn runtime(&self) -> Result<Arc<Runtime>, Error> {
        let mut made = self.runtime.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = made.as_ref() {
            return Ok(Arc::clone(runtime));
        }
        let runtime = Arc::new(Runtime::with_store(
            Arc::clone(&self.store),
            self.coredumps,
        )?);
        // For as long as the process: taking it apart before the end would only take time.
        std::mem::forget(Arc::clone(&runtime));
        *made = Some(Arc::clone(&runtime));
        Ok(runtime)
    }
}
