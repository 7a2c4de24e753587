//! `plugin`: for who writes plugins, and for who is to trust one.

pub(super) mod given;
pub mod inspect;
pub mod list;
mod locking;
pub mod pull;
pub mod push;
pub mod run;
mod stats;
pub mod trust;
pub mod update;
pub mod vendor;
pub mod verify;

use clap::{Args, Subcommand};

use crate::cli::Global;
use crate::error::Error;
use crate::output::Output;

/// Runs one plugin by itself, tells what is in it, or locks plugins of registries
#[derive(Debug, Args)]
pub struct PluginArgs {
    #[command(subcommand)]
    verb: PluginVerb,
}

/// The verbs about plugins.
#[derive(Debug, Subcommand)]
enum PluginVerb {
    /// Run a plugin against a template file: no AWS, no acetate.toml
    Run(Box<run::RunArgs>),
    /// What a plugin is, imports and asks for, without running it
    Inspect(inspect::InspectArgs),
    /// Verify the plugins of acetate.toml, show what changed, and write acetate.lock
    Update(update::UpdateArgs),
    /// Send a plugin to a registry
    Push(push::PushArgs),
    /// Fetch what acetate.lock names, verify it and compile it
    Pull(pull::PullArgs),
    /// Write what acetate.lock names into a folder of the project
    Vendor(vendor::VendorArgs),
    /// What acetate.lock names, and what of it is here
    List(list::ListArgs),
    /// Check acetate.lock against acetate.toml, the trust files, the store and the registries
    Verify(verify::VerifyArgs),
    /// Who must have signed what, and whose word that is
    Trust(trust::TrustArgs),
}

/// Runs the verb.
///
/// # Errors
/// Those of the verb.
pub async fn run(args: &PluginArgs, global: &Global, out: &mut Output) -> Result<(), Error> {
    match &args.verb {
        PluginVerb::Run(args) => run::run(args, global, out),
        PluginVerb::Inspect(args) => inspect::run(args, out),
        PluginVerb::Update(args) => update::run(args, global, out).await,
        PluginVerb::Push(args) => push::run(args, global, out).await,
        PluginVerb::Pull(args) => pull::run(args, global, out).await,
        PluginVerb::Vendor(args) => vendor::run(args, global, out).await,
        PluginVerb::List(args) => list::run(args, global, out),
        PluginVerb::Verify(args) => verify::run(args, global, out).await,
        PluginVerb::Trust(args) => trust::run(args, global, out),
    }
}
