//! `register`: the rendered task definition becomes a revision; no service is touched.

use clap::Args;

use super::coredump::CoredumpArgs;
use super::deploy::sound;
use super::execute::named;
use super::prepare::{Need, Project, prepare};
use super::publish::publish;
use crate::cli::Global;
use crate::error::Error;
use crate::output::Output;
use crate::plan::{Content, Registered, revision};

/// Registers the rendered task definition and prints its ARN
#[derive(Debug, Args)]
#[command(
    after_help = "A revision of the same content, where the latest one is, is used again. Nothing is verified: a \
                  revision may be registered before the things are there that it refers to, and starts \
                  nothing. `acetate verify` tells whether they are."
)]
pub struct RegisterArgs {
    /// Service of the configuration; not needed where there is only one
    service: Option<String>,
    #[command(flatten)]
    coredump: CoredumpArgs,
}

/// Registers, and prints the ARN on stdout.
///
/// # Errors
/// Whatever stops it before anything was changed, and AWS's refusals.
pub async fn run(args: RegisterArgs, global: &Global, out: &mut Output) -> Result<(), Error> {
    let project = Project::open(global, out)?.dumping(&args.coredump)?;
    let prepared = prepare(&project, args.service.as_deref(), Need::Latest, out).await?;
    sound(&prepared, out)?;
    let content = Content {
        rendered: &prepared.rendered.definition,
        family: &prepared.settings.family,
        stamped: prepared.settings.deploy.stamp,
        running: None,
        latest: prepared.latest.as_ref().map(|latest| Registered {
            arn: &latest.arn,
            definition: &latest.definition,
        }),
    };
    let arn = named(&prepared, &revision(&content), out).await?;
    if prepared.settings.service.is_none() {
        publish(&prepared.settings, &prepared.aws, &arn, out).await?;
    }
    if !out.is_json() {
        out.data(&arn);
    }
    Ok(())
}
