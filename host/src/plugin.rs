//! Plugins: loading components, and running them against a draft with nothing but
//! `acetate:plugin` served.
//!
//! A plugin runs synchronously on the thread that calls; that thread needs 1 MiB of stack.

pub mod engine;
mod limits;
mod lookups;

pub use crate::edit::Failure;
pub use limits::{Exceeded, Limits};
pub use lookups::{Lookups, NoLookups};
