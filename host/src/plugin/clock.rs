//! What has plugins look at the clock: the epoch of an engine moves on while one of them runs.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use wasmtime::Engine;

/// Time between two looks at the clock.
const TICK: Duration = Duration::from_millis(10);

/// One thread for all plugins of an engine, which sleeps while none runs.
pub(super) struct Clock {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// Plugins that run.
    running: usize,
    /// Whether there will be any more.
    over: bool,
}

/// A plugin that runs, until this is dropped.
pub(super) struct Running<'a>(&'a Shared);

impl Clock {
    /// Starts the thread.
    pub fn start(engine: Engine) -> std::io::Result<Self> {
        let state = State {
            running: 0,
            over: false,
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            changed: Condvar::new(),
        });
        let seen = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("clock of plugins".to_owned())
            .spawn(move || seen.tick(&engine))?;
        Ok(Self { shared })
    }

    /// A plugin begins to run.
    pub fn run(&self) -> Running<'_> {
        self.shared.change(|state| state.running += 1);
        Running(&self.shared)
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        self.shared.change(|state| state.over = true);
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        // The thread finds out for itself.
        self.0.lock().running -= 1;
    }
}

impl Shared {
    fn tick(&self, engine: &Engine) {
        let mut state = self.lock();
        while !state.over {
            let idle = |state: &mut State| state.running == 0 && !state.over;
            let waited = self.changed.wait_while(state, idle);
            state = waited.unwrap_or_else(PoisonError::into_inner);
            let waited = self
                .changed
                .wait_timeout_while(state, TICK, |state| !state.over);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            engine.increment_epoch();
        }
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thread_ends_with_the_clock() {
        let clock = Clock::start(Engine::default()).unwrap();
        let shared = Arc::clone(&clock.shared);
        drop(clock.run());
        drop(clock);
        // This one and the thread's.
        while Arc::strong_count(&shared) > 1 {
            std::thread::yield_now();
        }
    }
}
