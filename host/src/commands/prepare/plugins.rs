//! What all plugins of a process share: one runtime, and the store that their code comes from.

use std::sync::{Arc, Mutex, PoisonError};

use crate::config::Compilers;
use crate::error::Error;
use crate::plugin::{LARGE, Runtime};
use crate::store::{self, Store};

/// The store, and a runtime for each choice of compilers with which something was loaded.
pub struct Shared {
    store: Arc<Store>,
    coredumps: bool,
    runtimes: Mutex<Vec<(Compilers, Arc<Runtime>)>>,
}

impl Shared {
    /// With the store of this user. Nothing is read yet.
    pub fn new(coredumps: bool) -> Self {
        Self {
            coredumps,
            store: store::of_this_user(),
            runtimes: Mutex::default(),
        }
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The runtime for these compilers, made at the first call.
    pub fn runtime(&self, compilers: Compilers) -> Result<Arc<Runtime>, Error> {
        let made = self.runtimes.lock();
        let mut made = made.unwrap_or_else(PoisonError::into_inner);
        if let Some((_, runtime)) = made.iter().find(|(of, _)| *of == compilers) {
            return Ok(Arc::clone(runtime));
        }
        let runtime = Runtime::with_store(Arc::clone(&self.store), self.coredumps)?;
        let runtime = Arc::new(match compilers {
            Compilers::Any => runtime.apart_from(LARGE),
            Compilers::Cranelift => runtime,
        });
        // For as long as the process: taking it apart before the end would only take time.
        std::mem::forget(Arc::clone(&runtime));
        made.push((compilers, Arc::clone(&runtime)));
        Ok(runtime)
    }
}
