//! Limits on a plugin, on by default, each named in the error it causes.

use crate::config::limits::{self, Limit};
pub use crate::config::limits::{Limits, Used};

/// A limit that a plugin reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("used {used} of {allowed} {unit}: limit `{limit}`")]
pub struct Exceeded {
    /// The limit's name, which is its key in acetate.toml.
    pub limit: &'static str,
    /// What was used or asked for: at least this.
    pub used: u64,
    /// What is allowed.
    pub allowed: u64,
    /// What is counted.
    pub unit: &'static str,
}

impl Exceeded {
    /// So much was used of a limit.
    pub(super) fn new(limit: &Limit, used: u64, limits: &Limits) -> Self {
        Self {
            limit: limit.name,
            used,
            allowed: limit.allowed(limits),
            unit: limit.counted,
        }
    }

    /// The line that allows more, where more can be allowed.
    pub(super) fn way_out(&self) -> Option<String> {
        let limit = limits::named(self.limit)?;
        let more = self.allowed.saturating_mul(2).min(limit.most);
        (self.allowed < limit.most).then(|| way_out(limit, more))
    }
}

/// The line that allows as much as can be allowed.
pub(super) fn more_of(name: &str) -> Option<String> {
    limits::named(name).map(|limit| way_out(limit, limit.most))
}

fn way_out(limit: &Limit, amount: u64) -> String {
    let (line, most) = (limit.line(amount), limit.written(limit.most));
    format!("`limits = {{ {line} }}` for its entry in acetate.toml allows more, up to `{most}`")
}

#[cfg(test)]
mod tests {
    use super::super::engine::WASM_STACK;
    use crate::config::limits::STACK;

    #[test]
    fn the_stack_is_as_large_as_the_table_says() {
        assert_eq!(STACK.default, WASM_STACK as u64);
    }
}
