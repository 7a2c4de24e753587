//! Counting what a plugin uses.
//!
//! Memory and tables are summed over the whole instance: wasmtime's own `StoreLimits` looks at
//! each memory alone, so that three of 32 MiB would pass a limit of 40.

use std::time::{Duration, Instant};

use wasmtime::ResourceLimiter;

use super::limits::{Exceeded, Limits};

/// What one run has used so far.
#[derive(Debug)]
pub(super) struct Meter {
    pub limits: Limits,
    pub calls: u64,
    pub bytes: usize,
    pub messages: usize,
    pub message_bytes: usize,
    pub memory: usize,
    table_elements: usize,
    began: Instant,
    in_lookups: Duration,
    /// A limit that ended the run.
    pub exceeded: Option<Exceeded>,
    /// Memory or table that was refused: the guest may go on without, or crash over it.
    pub refused_growth: Option<Exceeded>,
}

/// Time between two looks at the clock.
pub(super) const TICK: Duration = Duration::from_millis(10);

impl Meter {
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            calls: 0,
            bytes: 0,
            messages: 0,
            message_bytes: 0,
            memory: 0,
            table_elements: 0,
            began: Instant::now(),
            in_lookups: Duration::ZERO,
            exceeded: None,
            refused_growth: None,
        }
    }

    /// Counts one call of the host with these bytes of text.
    pub fn call(&mut self, bytes: usize) -> Result<(), Exceeded> {
        self.calls += 1;
        let calls = self.limits.calls;
        self.within("calls", self.calls, calls, "calls of the host")?;
        let most = self.limits.call_bytes as u64;
        self.within("call-bytes", bytes as u64, most, "bytes in one call")?;
        self.pass(bytes)
    }

    /// Counts bytes in either direction.
    pub fn pass(&mut self, bytes: usize) -> Result<(), Exceeded> {
        self.bytes += bytes;
        let most = self.limits.total_bytes as u64;
        self.within("total-bytes", self.bytes as u64, most, "bytes in all calls")
    }

    /// Counts one message.
    pub fn message(&mut self, bytes: usize) -> Result<(), Exceeded> {
        self.messages += 1;
        self.message_bytes += bytes;
        let (most, most_bytes) = (
            self.limits.messages as u64,
            self.limits.message_bytes as u64,
        );
        self.within("messages", self.messages as u64, most, "messages")?;
        self.within(
            "message-bytes",
            self.message_bytes as u64,
            most_bytes,
            "bytes of messages",
        )
    }

    /// Compares the number of edits with the limit.
    pub fn edits(&mut self, edits: usize) -> Result<(), Exceeded> {
        self.within(
            "edits",
            edits as u64,
            self.limits.edits as u64,
            "places set or removed",
        )
    }

    /// Times a lookup.
    pub fn lookup<T>(&mut self, work: impl FnOnce() -> T) -> Result<T, Exceeded> {
        let began = Instant::now();
        let result = work();
        self.in_lookups += began.elapsed();
        let (used, allowed) = (self.in_lookups.as_millis(), self.limits.lookups.as_millis());
        self.within("lookups", used as u64, allowed as u64, "ms of lookups")?;
        Ok(result)
    }

    /// Looks at the clock: how long the plugin itself ran.
    pub fn clock(&mut self) -> Result<(), Exceeded> {
        let (used, allowed) = (self.running().as_millis(), self.limits.wall.as_millis());
        self.within("wall", used as u64, allowed as u64, "ms")
    }

    /// Time in the plugin itself.
    pub fn running(&self) -> Duration {
        self.began.elapsed().saturating_sub(self.in_lookups)
    }

    fn within(
        &mut self,
        limit: &'static str,
        used: u64,
        allowed: u64,
        unit: &'static str,
    ) -> Result<(), Exceeded> {
        if used <= allowed {
            return Ok(());
        }
        let exceeded = Exceeded {
            limit,
            used,
            allowed,
            unit,
        };
        self.exceeded.get_or_insert_with(|| exceeded.clone());
        Err(exceeded)
    }

    /// Whether it may grow; a refusal is kept, to be told if the guest does not survive it.
    fn noted(&mut self, grown: Result<(), Exceeded>) -> bool {
        grown
            .map_err(|exceeded| self.refused_growth = Some(exceeded))
            .is_ok()
    }

    fn grow(total: &mut usize, by: usize, exceeded: Exceeded) -> Result<(), Exceeded> {
        let sum = total.saturating_add(by);
        if sum as u64 > exceeded.allowed {
            return Err(Exceeded {
                used: sum as u64,
                ..exceeded
            });
        }
        *total = sum;
        Ok(())
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let allowed = self.limits.memory as u64;
        let exceeded = Exceeded {
            limit: "memory",
            used: 0,
            allowed,
            unit: "bytes of memory",
        };
        let grown = Self::grow(&mut self.memory, desired - current, exceeded);
        Ok(self.noted(grown))
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let allowed = self.limits.table_elements as u64;
        let exceeded = Exceeded {
            limit: "table-elements",
            used: 0,
            allowed,
            unit: "elements of tables",
        };
        let grown = Self::grow(&mut self.table_elements, desired - current, exceeded);
        Ok(self.noted(grown))
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
}
