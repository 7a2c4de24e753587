//! `explain`: who set what, every overlaid place with its layer.

use clap::Args;
use serde::Serialize;
use serde_json::Value;

use super::prepare::{KeepArgs, Need, Prepared, Project, prepare};
use crate::cli::Global;
use crate::error::{Error, ErrorKind};
use crate::output::{Output, escape, mask};
use crate::overlay::origin;
use crate::task_definition::address::{self, Address};

/// Tells who set what in the rendered task definition
#[derive(Debug, Args)]
#[command(after_help = "An address names elements of lists by their key:\n  \
acetate explain --pointer /containerDefinitions/app/environment/LOG_LEVEL")]
pub struct ExplainArgs {
    /// Service of the configuration; not needed where there is only one
    service: Option<String>,
    /// One place, overlaid or not, and all below it
    #[arg(long, value_name = "ADDRESS")]
    pointer: Option<String>,
    #[command(flatten)]
    keep: KeepArgs,
}

#[derive(Serialize)]
struct Line {
    address: String,
    layer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Value>,
}

/// Prints a line a place.
///
/// # Errors
/// A place that is not there, or whatever keeps it from being rendered.
pub async fn run(args: ExplainArgs, global: &Global, out: &mut Output) -> Result<(), Error> {
    let project = Project::open(global, out)?.keeping(&args.keep)?;
    let prepared = prepare(&project, args.service.as_deref(), Need::Template, out).await?;
    project.kept().keep(&prepared, None)?;
    let lines = match &args.pointer {
        Some(address) => place(&prepared, address)?,
        None => overlaid(&prepared),
    };
    if out.is_json() {
        out.json(&lines);
        return Ok(());
    }
    let width = lines.iter().map(|line| line.layer.len()).max().unwrap_or(0);
    for line in &lines {
        let value = line
            .value
            .as_ref()
            .map_or("(removed)".to_owned(), Value::to_string);
        let before = line
            .before
            .as_ref()
            .map_or(String::new(), |old| format!("  (was {old})"));
        let text = format!("{:width$}  {}  {value}{before}", line.layer, line.address);
        out.data(&format!("{}\n", escape::line(&text)));
    }
    Ok(())
}

fn overlaid(prepared: &Prepared) -> Vec<Line> {
    let edits = prepared
        .overlaid
        .edits
        .iter()
        .filter(|edit| edit.old != edit.new);
    edits
        .map(|edit| Line {
            address: edit.address.to_string(),
            layer: edit.entry.clone(),
            value: edit
                .new
                .as_ref()
                .map(|value| mask::at(&edit.address.to_string(), value)),
            before: edit
                .old
                .as_ref()
                .map(|value| mask::at(&edit.address.to_string(), value)),
        })
        .collect()
}

fn place(prepared: &Prepared, pointer: &str) -> Result<Vec<Line>, Error> {
    let document = prepared.overlaid.definition.value();
    let wrong = |error| {
        Error::new(ErrorKind::Input, error)
            .hint("`acetate explain` lists the addresses of what is overlaid")
    };
    let place = address::parse(document, pointer).map_err(wrong)?;
    let Some(value) = address::get(document, &place).map_err(wrong)? else {
        let message = format!("nothing is at `{pointer}` in the rendered task definition");
        return Err(Error::new(ErrorKind::Input, message).hint("`acetate render` prints it whole"));
    };
    let line = |(leaf, value): (Address, &Value)| Line {
        layer: origin(&prepared.overlaid, &leaf).unwrap_or_else(|| "template".to_owned()),
        value: Some(mask::at(&leaf.to_string(), value)),
        before: None,
        address: leaf.to_string(),
    };
    Ok(address::leaves(value, &place)
        .into_iter()
        .map(line)
        .collect())
}
