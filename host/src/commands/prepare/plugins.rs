//! What all services of a run share: of plugins one runtime and the store that their code comes
//! from, and what is read from AWS for all of them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::reads::Reads;
use crate::config::Compilers;
use crate::error::Error;
use crate::plugin::{LARGE, Runtime};
use crate::store::{self, Store};

/// The store, and a runtime for each choice of compilers with which something was loaded.
pub struct Shared {
    store: Arc<Store>,
    coredumps: bool,
    reads: Reads,
    runtimes: Mutex<Vec<(Compilers, Arc<Runtime>)>>,
    loading: Mutex<()>,
}

impl Shared {
    /// With the store of this user. Nothing is read yet.
    pub fn new(coredumps: bool) -> Self {
        Self {
            coredumps,
            reads: Reads::default(),
            store: store::of_this_user(),
            runtimes: Mutex::default(),
            loading: Mutex::default(),
        }
    }

    /// What is read from AWS for all.
    pub fn reads(&self) -> &Reads {
        &self.reads
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The store, to be kept.
    pub fn store_itself(&self) -> Arc<Store> {
        Arc::clone(&self.store)
    }

    /// Plugins are loaded one after the other: of services that are prepared at the same time, the
    /// first loads a plugin and the others find it. The built-in one must not be there twice, for
    /// its code is where it was when the program was started.
    pub fn turn(&self) -> MutexGuard<'_, ()> {
        self.loading.lock().unwrap_or_else(PoisonError::into_inner)
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
