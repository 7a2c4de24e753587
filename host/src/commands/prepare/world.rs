//! Where a run's facts come from: AWS, registries and the project's folder, or a recording.

use std::sync::{Arc, OnceLock};

use tokio::runtime::Handle;

use super::lay::{self, Loaded};
use super::read::{self, Read};
use super::{Need, Project, connection, kept, within_reach};
use crate::aws::Aws;
use crate::aws::lookups::AwsLookups;
use crate::config::Settings;
use crate::error::Error;
use crate::plugin::Lookups;
use crate::recording::Recording;
use crate::registry::Registry;
use crate::verify::learned::Learned;

/// The world of one run.
pub struct World {
    /// AWS, connected as the configuration says; a replay makes no call.
    pub aws: Arc<Aws>,
    source: Source,
}

enum Source {
    Asked(Arc<AwsLookups>),
    Replayed(Arc<Recording>),
}

impl World {
    /// The world that the options of the run name. Nothing is asked yet.
    ///
    /// # Errors
    /// What is needed and cannot be had: with `--offline`, or of this recording.
    pub fn of(project: &Project, settings: &Settings, need: Need) -> Result<Self, Error> {
        let connection = connection(project.global(), settings);
        let aws = project.shared().reads().aws(&connection)?;
        // Of most runs the only one: taking it apart before the process ends would only take time.
        static FOR_GOOD: OnceLock<Arc<Aws>> = OnceLock::new();
        FOR_GOOD.get_or_init(|| Arc::clone(&aws));
        let source = match project.kept().replayed() {
            Some(recording) => {
                kept::check(recording, settings, all_of(need, settings))?;
                Source::Replayed(Arc::clone(recording))
            }
            None => {
                within_reach(project.global(), settings, need)?;
                Source::Asked(Arc::new(AwsLookups::new(
                    Arc::clone(&aws),
                    Arc::clone(project.folder()),
                    Registry::public(),
                    Handle::current(),
                    project.global().offline,
                )))
            }
        };
        Ok(Self { aws, source })
    }

    /// Reads template and service.
    ///
    /// # Errors
    /// Whatever keeps them from being read.
    pub async fn read(
        &self,
        project: &Project,
        settings: &Settings,
        need: Need,
    ) -> Result<Read, Error> {
        match &self.source {
            Source::Asked(_) => read::read(project, settings, &self.aws, need).await,
            Source::Replayed(recording) => kept::read(recording),
        }
    }

    /// Loads the plugins, and fetches what they say that they will ask for.
    ///
    /// # Errors
    /// A plugin that cannot be loaded.
    pub async fn load(&self, project: &Project, settings: &Settings) -> Result<Loaded, Error> {
        let lookups = match &self.source {
            Source::Asked(lookups) if !project.global().offline => lookups,
            Source::Asked(_) | Source::Replayed(_) => return lay::load(project, settings).await,
        };
        let loaded = lay::load(project, settings).await?;
        lookups
            .prefetch(loaded.wanted(), loaded.lookups_within())
            .await;
        Ok(loaded)
    }

    /// What plugins may look up in.
    pub fn lookups(&self) -> Arc<dyn Lookups> {
        match &self.source {
            Source::Asked(lookups) => Arc::clone(lookups) as Arc<dyn Lookups>,
            Source::Replayed(recording) => Arc::clone(recording) as Arc<dyn Lookups>,
        }
    }

    /// What lookups have told so far; of a replay, nothing: that is not how things are now.
    pub fn learned(&self) -> Learned {
        match &self.source {
            Source::Asked(lookups) => lookups.learned(),
            Source::Replayed(_) => Learned::default(),
        }
    }

    /// The region in use, if one is known.
    pub async fn region(&self) -> Option<String> {
        match &self.source {
            Source::Asked(_) => self.aws.region().await,
            Source::Replayed(recording) => recording.world.region.clone(),
        }
    }
}

/// What must be read: an input that is what runs now needs the service.
pub fn all_of(need: Need, settings: &Settings) -> Need {
    match settings.running_inputs.is_empty() {
        true => need,
        false => Need::Service,
    }
}
