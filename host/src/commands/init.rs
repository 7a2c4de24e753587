//! `init`: writes acetate.toml, from scratch, from a service that runs, or from another tool's
//! configuration.

mod service;

use std::io::Write;
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};
use clap::Args;
use serde_json::json;

use crate::cli::Global;
use crate::config::init::{Draft, Other, SCRATCH};
use crate::config::template_ref::TemplateRef;
use crate::error::{Error, ErrorKind, Unread, Unwritten};
use crate::output::Output;

/// Writes acetate.toml: from scratch, from a service as it runs, so that the first `diff` is
/// empty, or from the configuration of ecspresso or ecs-deploy-cli
#[derive(Debug, Args)]
#[command(
    after_help = "Example: acetate init --cluster prod --service web --template ecs:web-template"
)]
pub struct InitArgs {
    /// Service to take over
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// Cluster of the service
    #[arg(
        long,
        value_name = "NAME",
        requires = "service",
        default_value = "default"
    )]
    cluster: String,
    /// Template that infrastructure code owns; by default the family that the service runs
    #[arg(long, value_name = "REFERENCE", requires = "service")]
    template: Option<TemplateRef>,
    /// Configuration of ecspresso or ecs-deploy-cli to take over
    #[arg(long, value_name = "FILE", conflicts_with = "service")]
    from: Option<String>,
    /// Overwrite a file that is there
    #[arg(long)]
    force: bool,
}

/// Writes it.
///
/// # Errors
/// A file that is there already; a service, revision or template that is not there; AWS's refusals.
pub async fn run(args: InitArgs, global: &Global, out: &mut Output) -> Result<(), Error> {
    let name = global.config.display().to_string();
    let (folder, file) = place(&global.config)?;
    if folder.exists(file) && !args.force {
        return Err(exists(&name));
    }
    let draft = match (&args.service, &args.from) {
        (Some(service), _) => {
            let wanted = service::Wanted {
                cluster: &args.cluster,
                service,
                template: args.template.as_ref(),
            };
            service::draft(&wanted, global, &folder, out).await?
        }
        (None, Some(from)) => other(&folder, from)?,
        (None, None) => Draft {
            text: SCRATCH.to_owned(),
            notes: Vec::new(),
            left: Vec::new(),
        },
    };
    write(&folder, file, &draft.text, args.force).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => exists(&name),
        _ => unwritten(&name, error),
    })?;
    for note in &draft.notes {
        out.warn(note);
    }
    out.note(&format!("wrote `{name}`; {}", next(&args, &draft)));
    if out.is_json() {
        out.json(&json!({ "file": name, "notes": draft.notes }));
    }
    Ok(())
}

fn next(args: &InitArgs, draft: &Draft) -> String {
    match (&args.service, &args.from) {
        (Some(_), _) if draft.left.is_empty() => "`acetate diff` should find no difference".into(),
        (Some(_), _) => format!(
            "`acetate diff` should find a difference at {}, and no other",
            draft.left.join(", ")
        ),
        (None, Some(_)) => "look it over, then try `acetate diff`".into(),
        (None, None) => "fill it in".into(),
    }
}

/// The configuration of another tool, in the folder of acetate.toml or below it.
fn other(folder: &Dir, from: &str) -> Result<Draft, Error> {
    let unread = |source| {
        Error::new(
            ErrorKind::Input,
            Unread {
                file: from.to_owned(),
                source,
            },
        )
    };
    let text = folder.read_to_string(from).map_err(unread)?;
    let parent = Path::new(from)
        .parent()
        .map(|parent| parent.display().to_string());
    let other = Other::parse(&text, &parent.unwrap_or_default()).map_err(|why| {
        Error::new(
            ErrorKind::Input,
            format!("`{from}` is no configuration that can be taken over: {why}"),
        )
    })?;
    let definition = other
        .definition_file()
        .and_then(|file| folder.read_to_string(file).ok());
    Ok(other.draft(definition.as_deref()))
}

/// The folder and the name of the file to write.
fn place(file: &Path) -> Result<(Dir, &Path), Error> {
    let shown = file.display().to_string();
    let name = file
        .file_name()
        .ok_or_else(|| Error::new(ErrorKind::Usage, format!("`{shown}` is no file name")))?;
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let folder = Dir::open_ambient_dir(folder, ambient_authority())
        .map_err(|error| unwritten(&shown, error))?;
    Ok((folder, Path::new(name)))
}

fn write(folder: &Dir, file: &Path, text: &str, force: bool) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options
        .write(true)
        .create(true)
        .truncate(true)
        .create_new(!force);
    folder.open_with(file, &options)?.write_all(text.as_bytes())
}

fn exists(name: &str) -> Error {
    Error::new(ErrorKind::Input, format!("`{name}` is there already"))
        .hint("`--force` overwrites it, `-c FILE` names another")
}

fn unwritten(name: &str, source: std::io::Error) -> Error {
    Error::new(
        ErrorKind::Input,
        Unwritten {
            file: name.to_owned(),
            source,
        },
    )
}
