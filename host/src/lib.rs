//! Acetate deploys to Amazon ECS.
//!
//! Infrastructure code owns a *template* task definition. Acetate reads it, lets sandboxed
//! WebAssembly plugins lay their overlay on it, shows what that changes, registers the result in
//! a family of its own, updates the service and follows the deployment to a true verdict.
//!
//! The modules stand in reading order, which is the order of the flow: config → template →
//! overlay → render → validate → diff → plan → register → update → wait → verdict.

// Core: pure. No clock, disk, network, environment, printing.
pub mod config;
pub mod diff;
pub mod edit;
pub mod event;
pub mod overlay;
pub mod plan;
pub mod render;
pub mod task_definition;
pub mod validate;
pub mod wait;
// Rim: effects, one concern a folder.
#[expect(
    clippy::disallowed_methods,
    reason = "rim: AWS is reached here, and its settings read from the environment"
)]
pub mod aws;
pub mod error;
#[cfg(feature = "local")]
#[expect(
    clippy::disallowed_methods,
    reason = "rim: it serves on loopback, on a thread and a clock of its own"
)]
pub mod local;
#[expect(clippy::disallowed_methods, reason = "the only place that prints")]
pub mod output;
#[expect(
    clippy::disallowed_methods,
    reason = "rim: plugins run under a clock, and their files are read"
)]
pub mod plugin;
#[expect(
    clippy::disallowed_methods,
    reason = "rim: standard input is read, and a family in between is waited for"
)]
pub mod template;
// Wiring: arguments in, core and rim called, events to output.
pub mod cli;
#[expect(
    clippy::disallowed_methods,
    reason = "wiring: the configuration may name variables of the environment"
)]
pub mod commands;
