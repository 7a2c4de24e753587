//! `plan`: what a deploy would do, shown and, if asked for, kept.

use std::path::PathBuf;

use clap::Args;

use super::coredump::CoredumpArgs;
use super::deploy::{self, DeployArgs};
use super::verify::CheckArgs;
use crate::cli::Global;
use crate::error::Error;
use crate::output::Output;
use crate::plan::fleet::Shard;

/// Shows what a deploy would do, and keeps it for `deploy --plan FILE`
#[derive(Debug, Args)]
#[command(
    after_help = "A kept plan holds no value that looks like a credential. `acetate schema plan` prints its JSON Schema."
)]
pub struct PlanArgs {
    /// Services of the configuration; all of them where none is named
    services: Vec<String>,
    /// Keep the plan in this file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Start a new deployment though nothing differs
    #[arg(long)]
    force: bool,
    /// Newest template, everything else as it runs now
    #[arg(long)]
    refresh: bool,
    /// Take over from another deployment in progress
    #[arg(long)]
    replace: bool,
    /// Run no `before` and `after` tasks
    #[arg(long)]
    skip_tasks: bool,
    /// This job's part of the services, such as 2/8
    #[arg(long, value_name = "JOB/JOBS")]
    shard: Option<Shard>,
    /// Show what can be planned, whatever cannot
    #[arg(long, conflicts_with = "out")]
    keep_going: bool,
    #[command(flatten)]
    checks: CheckArgs,
    #[command(flatten)]
    coredump: CoredumpArgs,
}

/// Plans. Nothing is changed.
///
/// # Errors
/// Whatever stops a deploy before anything is changed.
pub async fn run(args: PlanArgs, global: &Global, out: &mut Output) -> Result<(), Error> {
    let deploy = DeployArgs {
        services: args.services,
        force: args.force,
        refresh: args.refresh,
        replace: args.replace,
        skip_tasks: args.skip_tasks,
        dry_run: true,
        out: args.out,
        checks: args.checks,
        shard: args.shard,
        keep_going: args.keep_going,
        coredump: args.coredump,
        ..DeployArgs::default()
    };
    deploy::run(deploy, global, out).await
}
