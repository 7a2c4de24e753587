//! Counting what a plugin uses.
//!
//! Memory and tables are summed over the whole instance: wasmtime's own `StoreLimits` looks at
//! each memory alone, so that three of 32 MiB would pass a limit of 40.

use std::time::{Duration, Instant};

use wasmtime::ResourceLimiter;

use super::limits::{Exceeded, Limits, Used};
use super::lookups::Late;
use crate::config::limits::{self, Limit};

/// What one run has used so far.
#[derive(Debug)]
pub(super) struct Meter {
    pub limits: Limits,
    used: Used,
    began: Instant,
    /// A limit that ended the run.
    pub exceeded: Option<Exceeded>,
    /// Memory or table that was refused: the guest may go on without, or crash over it.
    pub refused_growth: Option<Exceeded>,
}

impl Meter {
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            used: Used::default(),
            began: Instant::now(),
            exceeded: None,
            refused_growth: None,
        }
    }

    /// Counts one call of the host with these bytes of text.
    pub fn call(&mut self, bytes: usize) -> Result<(), Exceeded> {
        self.used.calls += 1;
        self.within(&limits::CALLS)?;
        self.text(bytes)
    }

    /// Counts the texts that come over at one time.
    pub fn text(&mut self, bytes: usize) -> Result<(), Exceeded> {
        self.used.call_bytes = self.used.call_bytes.max(bytes);
        self.within(&limits::CALL_BYTES)?;
        self.pass(bytes)
    }

    /// Counts bytes in either direction.
    pub fn pass(&mut self, bytes: usize) -> Result<(), Exceeded> {
        self.used.total_bytes += bytes;
        self.within(&limits::TOTAL_BYTES)
    }

    /// Counts one message.
    pub fn message(&mut self, bytes: usize) -> Result<(), Exceeded> {
        self.used.messages += 1;
        self.within(&limits::MESSAGES)?;
        self.printed(bytes)
    }

    /// Counts bytes of messages, or of what is printed.
    pub fn printed(&mut self, bytes: usize) -> Result<(), Exceeded> {
        self.used.message_bytes += bytes;
        self.within(&limits::MESSAGE_BYTES)
    }

    /// Counts the text of one edit.
    pub fn edit(&mut self, bytes: usize) -> Result<(), Exceeded> {
        self.used.edit_bytes += bytes;
        self.within(&limits::EDIT_BYTES)
    }

    /// Compares the number of edits with the limit.
    pub fn edits(&mut self, edits: usize) -> Result<(), Exceeded> {
        self.used.edits = edits;
        self.within(&limits::EDITS)
    }

    /// Times a lookup, which is told how long it may take. One that takes all of what is left
    /// ends the run.
    pub fn lookup<T>(
        &mut self,
        work: impl FnOnce(Duration) -> Result<T, Late>,
    ) -> Result<T, Exceeded> {
        let began = Instant::now();
        let result = work(self.limits.lookups.saturating_sub(self.used.lookups));
        self.used.lookups += began.elapsed();
        self.within(&limits::LOOKUPS)?;
        result.map_err(|Late| self.exceed(&limits::LOOKUPS))
    }

    /// Looks at the clock: how long the plugin itself ran.
    pub fn clock(&mut self) -> Result<(), Exceeded> {
        self.used.wall = self.running();
        self.within(&limits::WALL)
    }

    /// What was used up to now; of fuel, the store knows.
    pub fn used(&self, fuel: u64) -> Used {
        Used {
            fuel,
            wall: self.running(),
            ..self.used
        }
    }

    /// Time in the plugin itself.
    pub fn running(&self) -> Duration {
        self.began.elapsed().saturating_sub(self.used.lookups)
    }

    fn within(&mut self, limit: &Limit) -> Result<(), Exceeded> {
        let used = limit.used(&self.used).unwrap_or(0);
        match used <= limit.allowed(&self.limits) {
            true => Ok(()),
            false => Err(self.exceed(limit)),
        }
    }

    /// A limit that ends the run, also where what was used is just what is allowed.
    fn exceed(&mut self, limit: &Limit) -> Exceeded {
        let used = limit.used(&self.used).unwrap_or(0);
        let exceeded = Exceeded::new(limit, used, &self.limits);
        self.exceeded.get_or_insert_with(|| exceeded.clone());
        exceeded
    }

    /// A total that grows by so much, if it may; a refusal is kept, to be told if the guest does not
    /// survive it.
    fn grow(&mut self, limit: &Limit, (from, by): (usize, usize)) -> Option<usize> {
        let sum = from.saturating_add(by);
        if sum as u64 <= limit.allowed(&self.limits) {
            return Some(sum);
        }
        self.refused_growth = Some(Exceeded::new(limit, sum as u64, &self.limits));
        None
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let grown = self.grow(&limits::MEMORY, (self.used.memory, desired - current));
        self.used.memory = grown.unwrap_or(self.used.memory);
        Ok(grown.is_some())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let by = desired - current;
        let grown = self.grow(&limits::TABLE_ELEMENTS, (self.used.table_elements, by));
        self.used.table_elements = grown.unwrap_or(self.used.table_elements);
        Ok(grown.is_some())
    }

    fn instances(&self) -> usize {
        limits::INSTANCES.default as usize
    }

    fn memories(&self) -> usize {
        limits::MEMORIES.default as usize
    }

    fn tables(&self) -> usize {
        limits::TABLES.default as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_are_summed() {
        let mut meter = Meter::new(Limits {
            memory: 40 << 20,
            ..Limits::default()
        });
        assert!(meter.memory_growing(0, 32 << 20, None).unwrap());
        assert!(!meter.memory_growing(0, 32 << 20, None).unwrap());
        let refused = meter.refused_growth.unwrap();
        assert_eq!(
            (refused.limit, refused.used, refused.allowed),
            ("memory", 64 << 20, 40 << 20)
        );
    }

    #[test]
    fn the_first_limit_that_was_reached_is_the_one_told() {
        let mut meter = Meter::new(Limits {
            calls: 1,
            total_bytes: 2,
            ..Limits::default()
        });
        meter.call(2).unwrap();
        assert_eq!(meter.call(2).unwrap_err().limit, "calls");
        assert_eq!(meter.pass(2).unwrap_err().limit, "total-bytes");
        assert_eq!(meter.exceeded.unwrap().limit, "calls");
    }

    #[test]
    fn a_lookup_that_comes_late_ends_the_run_by_name() {
        let mut meter = Meter::new(Limits {
            lookups: Duration::from_secs(7),
            ..Limits::default()
        });
        meter.used.lookups = Duration::from_secs(5);
        let told = meter.lookup(Ok).unwrap();
        assert_eq!(told, Duration::from_secs(2));
        let late = meter.lookup(|_| Err::<(), _>(Late)).unwrap_err();
        assert_eq!((late.limit, late.allowed), ("lookups", 7000));
        assert_eq!(meter.exceeded, Some(late));
    }
}
