//! `render`: the task definition to register, and nothing else, on stdout.

use clap::Args;

use super::prepare::{KeepArgs, Need, Project, prepare};
use crate::cli::Global;
use crate::error::{Error, ErrorKind};
use crate::output::{Output, escape};

/// Prints the task definition that would be registered
#[derive(Debug, Args)]
pub struct RenderArgs {
    /// Service of the configuration; not needed where there is only one
    service: Option<String>,
    /// On one line, as it is sent to AWS
    #[arg(long)]
    compact: bool,
    #[command(flatten)]
    keep: KeepArgs,
}

/// Prints it as JSON; `--format` makes no difference.
///
/// # Errors
/// Whatever keeps it from being rendered.
pub async fn run(args: RenderArgs, global: &Global, out: &mut Output) -> Result<(), Error> {
    let project = Project::open(global, out)?.keeping(&args.keep)?;
    let prepared = prepare(&project, args.service.as_deref(), Need::Template, out).await?;
    project.kept().keep(&prepared, None)?;
    out.diagnostics(&prepared.diagnostics);
    let document = prepared.rendered.definition.value();
    let text = match args.compact {
        true => Ok(document.to_string()),
        false => {
            serde_json::to_string_pretty(document).map(|text| escape::json(&text).into_owned())
        }
    };
    out.data(&format!(
        "{}\n",
        text.map_err(|error| Error::new(ErrorKind::Bug, error))?
    ));
    Ok(())
}
