//! `[plugins]`: which compilers may make native code of plugins.

use super::node::Table;

/// Which compilers may make native code of plugins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Compilers {
    /// A large component is compiled quickly at its first use, and run in a process of its own.
    #[default]
    Any,
    /// Cranelift alone.
    Cranelift,
}

impl Compilers {
    /// What the merged tables of a service say.
    pub(super) fn of(table: &Table) -> Self {
        let plugins = table.table("plugins");
        match plugins.and_then(|plugins| plugins.text("compiler")) {
            Some("cranelift") => Self::Cranelift,
            _ => Self::Any,
        }
    }
}
