//! Limits on compiling a component, each named in the error it causes.

use std::time::Duration;

use crate::config::limits::Limits;

/// How much the process that compiles may use.
///
/// Cranelift needs about 30 times the bytes of a component. These limits are about resources:
/// they keep a component from taking the machine, and say nothing of the code that comes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompileLimits {
    /// Bytes of address space: `compile-memory`.
    pub memory: u64,
    /// Time of all processors together, in whole seconds: `compile-cpu`.
    pub cpu: Duration,
    /// Time on the clock: `compile-wall`.
    pub wall: Duration,
    /// Bytes of native code: `compile-code`.
    pub code: usize,
    /// Threads that compile at the same time, if the machine has as many processors.
    pub threads: usize,
}

impl From<&Limits> for CompileLimits {
    fn from(limits: &Limits) -> Self {
        Self {
            memory: limits.compile_memory,
            cpu: limits.compile_cpu,
            wall: limits.compile_wall,
            code: limits.compile_code,
            threads: 8,
        }
    }
}

impl Default for CompileLimits {
    fn default() -> Self {
        Self::from(&Limits::default())
    }
}
