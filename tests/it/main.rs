//! The integration tests: one binary, a file a verb or a concern.

/// Runs acetate as a user would, in a folder and an environment of its own.
mod support;
/// Layout, rings, size budget: what no compiler checks.
mod tidy;
