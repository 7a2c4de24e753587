//! `--record` and `--replay`: a run that is kept in a file, and one that is made from it.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::super::coredump::CoredumpArgs;
use super::read::Read;
use super::{Need, Prepared, Revision};
use crate::config::Settings;
use crate::error::{Error, ErrorKind};
use crate::recording::{
    self, Extent, FileError, KeptRevision, KeptTemplate, KeptThen, KeptWorld, Recording,
};
use crate::task_definition::TaskDefinition;
use crate::template;

/// Options of the verbs that can be recorded and replayed.
#[derive(Debug, Clone, Default, Args)]
pub struct KeepArgs {
    /// Write what the run was told from outside into a file: template, service, what plugins asked
    #[arg(long, value_name = "FILE", conflicts_with = "replay")]
    record: Option<PathBuf>,
    /// Ask nobody: take all that from the file of a recorded run
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::commands) coredump: CoredumpArgs,
}

/// What becomes of what a run is told.
#[derive(Debug, Clone, Default)]
pub enum Kept {
    /// Nothing.
    #[default]
    Not,
    /// It is written to this file.
    Record(PathBuf),
    /// It comes from a recording.
    Replay(Arc<Recording>),
}

impl KeepArgs {
    /// Nothing is recorded or replayed.
    #[must_use]
    pub fn only(coredump: CoredumpArgs) -> Self {
        Self {
            coredump,
            ..Self::default()
        }
    }

    /// Whether the run is recorded or replayed.
    #[must_use]
    pub const fn is_given(&self) -> bool {
        self.record.is_some() || self.replay.is_some()
    }

    /// Reads the recording, where one is to be replayed.
    ///
    /// # Errors
    /// No such file, or no recording in it.
    pub fn open(&self) -> Result<Kept, Error> {
        Ok(match (&self.record, &self.replay) {
            (None, None) => Kept::Not,
            (Some(file), _) => Kept::Record(file.clone()),
            (None, Some(file)) => {
                let recording = recording::read(file).map_err(refused)?;
                Kept::Replay(Arc::new(recording))
            }
        })
    }
}

impl Kept {
    /// The recording that is replayed.
    pub const fn replayed(&self) -> Option<&Arc<Recording>> {
        match self {
            Self::Replay(recording) => Some(recording),
            Self::Not | Self::Record(_) => None,
        }
    }

    /// Records the run, where that was asked for. `then` is the template that the running
    /// revision was made from, where it was looked for.
    ///
    /// # Errors
    /// A template that is a secret; the disk's.
    pub fn keep(
        &self,
        prepared: &Prepared,
        then: Option<&Result<TaskDefinition, String>>,
    ) -> Result<(), Error> {
        let Self::Record(file) = self else {
            return Ok(());
        };
        if prepared.template.secret {
            let message = format!(
                "template `{}` is a SecureString, and no value of one is written to a recording",
                prepared.template.reference
            );
            return Err(Error::new(ErrorKind::Refused, message)
                .hint("a template names secrets and holds none: keep it as a String"));
        }
        recording::write(&of(prepared, then), file).map_err(refused)
    }
}

fn refused(error: FileError) -> Error {
    Error::new(ErrorKind::Input, error)
        .hint("`--record FILE` writes a recording, of the same acetate best")
}

fn of(prepared: &Prepared, then: Option<&Result<TaskDefinition, String>>) -> Recording {
    let revision = |revision: &Revision| KeptRevision {
        arn: revision.arn.clone(),
        definition: revision.definition.value().clone(),
    };
    let template = &prepared.template;
    Recording {
        world: KeptWorld {
            extent: extent(prepared.need),
            template: KeptTemplate {
                asked_for: prepared.settings.template.to_string(),
                reference: template.reference.clone(),
                // It was read as JSON, which is UTF-8.
                text: String::from_utf8_lossy(&template.text).into_owned(),
            },
            family: prepared.settings.family.clone(),
            region: prepared.region.clone(),
            service: prepared.service.clone(),
            running: prepared.running.as_ref().map(revision),
            latest: prepared.latest.as_ref().map(revision),
            template_then: then.map(|then| match then {
                Ok(definition) => KeptThen::Definition(definition.value().clone()),
                Err(why) => KeptThen::Unknown(why.clone()),
            }),
        },
        asked: prepared.asked.clone(),
    }
}

const fn extent(need: Need) -> Extent {
    match need {
        Need::Template => Extent::Template,
        Need::Latest => Extent::Latest,
        Need::Service | Need::ServiceAlone => Extent::Service,
    }
}

/// Refuses a recording of something else than what the settings name.
///
/// # Errors
/// [`ErrorKind::Input`], with what is different.
pub fn check(recording: &Recording, settings: &Settings, need: Need) -> Result<(), Error> {
    let world = &recording.world;
    let service = world.service.as_ref().map(|service| &service.name);
    let differs = [
        (
            "template",
            Some(&world.template.asked_for),
            Some(&settings.template.to_string()),
        ),
        ("family", Some(&world.family), Some(&settings.family)),
        ("service", service, settings.service.as_ref()),
    ]
    .into_iter()
    .find_map(|(what, theirs, ours)| match (theirs, ours) {
        (Some(theirs), Some(ours)) if theirs != ours => Some(format!(
            "the recording is of {what} `{theirs}`, and the configuration says `{ours}`"
        )),
        _ => None,
    });
    let too_little = || {
        (world.extent < extent(need))
            .then(|| "the recording holds nothing of the service and its revisions".to_owned())
    };
    match differs.or_else(too_little) {
        None => Ok(()),
        Some(message) => Err(Error::new(ErrorKind::Input, message)
            .hint("record this run, with the same verb, environment and service")),
    }
}

/// What a recording tells of template and service.
///
/// # Errors
/// A template that this build does not take.
pub fn read(recording: &Recording) -> Result<Read, Error> {
    let world = &recording.world;
    Ok(Read {
        template: template::from_text(
            &world.template.reference,
            world.template.text.clone().into_bytes(),
        )?,
        service: world.service.clone(),
        running: world.running.as_ref().map(revision).transpose()?,
        latest: world.latest.as_ref().map(revision).transpose()?,
    })
}

/// The template of then, as far as it was recorded: one fragment where it was not.
///
/// # Errors
/// The reason, for people.
pub fn template_then(recording: &Recording) -> Result<TaskDefinition, String> {
    let unknown = || "the recording does not hold it".to_owned();
    match &recording.world.template_then {
        None => Err(unknown()),
        Some(KeptThen::Unknown(why)) => Err(why.clone()),
        Some(KeptThen::Definition(definition)) => {
            TaskDefinition::new(definition.clone()).ok_or_else(unknown)
        }
    }
}

fn revision(kept: &KeptRevision) -> Result<Revision, Error> {
    let no_object = || {
        let message = format!(
            "task definition `{}` of the recording is no object",
            kept.arn
        );
        Error::new(ErrorKind::Input, message)
    };
    Ok(Revision {
        arn: kept.arn.clone(),
        definition: TaskDefinition::new(kept.definition.clone()).ok_or_else(no_object)?,
    })
}
