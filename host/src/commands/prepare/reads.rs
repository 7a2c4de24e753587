//! What all services of a run read together: one connection for all that are reached in the same
//! way, services in tens, and a template once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cap_std::fs::Dir;
use futures_util::StreamExt;
use futures_util::stream;
use tokio::sync::OnceCell;

use super::{Project, connection};
use crate::aws::{Aws, Connection};
use crate::config::Settings;
use crate::config::template_ref::TemplateRef;
use crate::error::Error;
use crate::template::{self, Template};
use crate::wait::observation::ServiceView;

/// Services in one DescribeServices.
const TOGETHER: usize = 10;
/// Calls at the same time.
const AT_ONCE: usize = 8;

/// A template of a connection, read by whoever needs it first.
type Once = Arc<OnceCell<Template>>;
/// A service of a cluster, as a connection reaches it.
type Place = (Connection, String, String);

/// What was read for everyone.
#[derive(Default)]
pub struct Reads {
    connected: Mutex<BTreeMap<Connection, Arc<Aws>>>,
    templates: Mutex<BTreeMap<(Connection, String), Once>>,
    services: Mutex<BTreeMap<Place, ServiceView>>,
}

/// Looks at the services of a run together, before each of them is prepared.
pub async fn look_together(of: &[(&Project, &Settings)]) {
    if let Some((first, _)) = of.first() {
        first.shared().reads().look_at(of).await;
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Reads {
    /// AWS, as this connection reaches it.
    ///
    /// # Errors
    /// As for [`crate::aws::connect`].
    pub fn aws(&self, connection: &Connection) -> Result<Arc<Aws>, Error> {
        let mut connected = locked(&self.connected);
        if let Some(aws) = connected.get(connection) {
            return Ok(Arc::clone(aws));
        }
        let aws = Arc::new(crate::aws::connect(connection)?);
        connected.insert(connection.clone(), Arc::clone(&aws));
        Ok(aws)
    }

    /// A template, read once in a run. A file is read each time: it depends on the folder.
    ///
    /// # Errors
    /// As for [`template::read`].
    pub async fn template(
        &self,
        reference: &TemplateRef,
        aws: &Aws,
        folder: &Dir,
    ) -> Result<Template, Error> {
        if matches!(reference, TemplateRef::File(_)) {
            return template::read(reference, aws, folder).await;
        }
        let key = (aws.connection().clone(), reference.to_string());
        let once = Arc::clone(locked(&self.templates).entry(key).or_default());
        let read = once.get_or_try_init(|| template::read(reference, aws, folder));
        read.await.cloned()
    }

    /// Looks at services together. Whatever goes wrong is told by the look that each of them has
    /// when its turn comes.
    pub async fn look_at(&self, of: &[(&Project, &Settings)]) {
        let mut by_place: BTreeMap<(Connection, String), Vec<String>> = BTreeMap::new();
        for (project, settings) in of {
            let Some(service) = settings.service.clone() else {
                continue;
            };
            let cluster = settings.cluster.clone();
            let cluster = cluster.unwrap_or_else(|| "default".to_owned());
            let place = (connection(project.global(), settings), cluster);
            by_place.entry(place).or_default().push(service);
        }
        let calls = by_place.iter().flat_map(|((connection, cluster), names)| {
            let tens = names.chunks(TOGETHER).filter(|names| names.len() > 1);
            tens.map(move |names| self.look(connection, cluster, names))
        });
        stream::iter(calls)
            .buffer_unordered(AT_ONCE)
            .collect::<Vec<()>>()
            .await;
    }

    async fn look(&self, connection: &Connection, cluster: &str, names: &[String]) {
        let Ok(aws) = self.aws(connection) else {
            return;
        };
        let found = aws.describe_services(cluster, names).await;
        for (name, found) in names.iter().zip(found.into_iter().flatten()) {
            if let Ok(view) = found {
                let place = (connection.clone(), cluster.to_owned(), name.clone());
                locked(&self.services).insert(place, view);
            }
        }
    }

    /// A service that was looked at together with others; once, for it grows old.
    pub fn take(&self, aws: &Aws, cluster: &str, service: &str) -> Option<ServiceView> {
        let place = (
            aws.connection().clone(),
            cluster.to_owned(),
            service.to_owned(),
        );
        locked(&self.services).remove(&place)
    }
}
