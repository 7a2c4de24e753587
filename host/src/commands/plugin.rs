//! `plugin`: for who writes plugins, and for who is to trust one.

pub(super) mod given;
pub mod inspect;
pub mod run;
mod stats;

use clap::{Args, Subcommand};

use crate::cli::Global;
use crate::error::Error;
use crate::output::Output;

/// Runs one plugin by itself, or tells what is in it
#[derive(Debug, Args)]
pub struct PluginArgs {
    #[command(subcommand)]
    verb: PluginVerb,
}

/// The verbs about one plugin.
#[derive(Debug, Subcommand)]
enum PluginVerb {
    /// Run a plugin against a template file: no AWS, no acetate.toml
    Run(Box<run::RunArgs>),
    /// What a plugin is, imports and asks for, without running it
    Inspect(inspect::InspectArgs),
}

/// Runs the verb.
///
/// # Errors
/// Those of the verb.
pub fn run(args: &PluginArgs, global: &Global, out: &mut Output) -> Result<(), Error> {
    match &args.verb {
        PluginVerb::Run(args) => run::run(args, global, out),
        PluginVerb::Inspect(args) => inspect::run(args, out),
    }
}
