//! Why a service is not touched.

use std::fmt;

use crate::event::short;
use crate::wait::observation::ServiceView;

/// Why a service is not touched. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The service's deployments are someone else's business.
    Controller {
        /// Service name.
        service: String,
        /// What kind of service it is, in words.
        kind: String,
    },
    /// The service is not there any more, or going.
    NotActive {
        /// Service name.
        service: String,
        /// AWS's word.
        status: String,
    },
    /// Another deployment is in progress.
    InProgress {
        /// Service name.
        service: String,
        /// ARN of the task definition that it deploys.
        task_definition: String,
    },
}

impl Refusal {
    /// The way out.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Controller { .. } => {
                "acetate deploys services with the deployment controller `ECS`; render the task definition with `acetate render` and hand it to what deploys this service"
            }
            Self::NotActive { .. } => {
                "infrastructure code makes the service; deploy again once it is `ACTIVE`"
            }
            Self::InProgress { .. } => {
                "`acetate wait` follows it; `--queue` waits for its end and then deploys, `--replace` takes over from it"
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Controller { service, kind } => {
                write!(f, "`{service}` is {kind}, which acetate does not deploy to")
            }
            Self::NotActive { service, status } => write!(f, "`{service}` is `{status}`"),
            Self::InProgress {
                service,
                task_definition,
            } => write!(
                f,
                "a deployment of `{}` to `{service}` is in progress",
                short(task_definition)
            ),
        }
    }
}

impl std::error::Error for Refusal {}

/// Refuses what cannot be updated.
pub(super) fn of_kind(service: &ServiceView) -> Result<(), Refusal> {
    let kind = match service.controller.as_str() {
        "ECS" if service.express => "an Express service, run by ECS itself".to_owned(),
        "ECS" => return active(service),
        "CODE_DEPLOY" => "deployed by CodeDeploy (controller `CODE_DEPLOY`)".to_owned(),
        "EXTERNAL" => "made of task sets (controller `EXTERNAL`)".to_owned(),
        other => format!("of the controller `{other}`"),
    };
    Err(Refusal::Controller {
        service: service.name.clone(),
        kind,
    })
}

fn active(service: &ServiceView) -> Result<(), Refusal> {
    if service.status == "ACTIVE" {
        return Ok(());
    }
    Err(Refusal::NotActive {
        service: service.name.clone(),
        status: service.status.clone(),
    })
}
