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
        /// What kind of service it is.
        kind: Kind,
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

/// Kinds of services that something else deploys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Of the controller `CODE_DEPLOY`.
    CodeDeploy,
    /// Of the controller `EXTERNAL`.
    TaskSets,
    /// An [Express service](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateExpressGatewayService.html).
    Express,
    /// A [managed daemon](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateDaemon.html),
    /// which is no service to ECS.
    Daemon,
    /// Of a controller that this build has not heard of.
    Other(String),
}

impl Kind {
    fn hint(&self) -> &'static str {
        match self {
            Self::CodeDeploy => {
                "`acetate register` makes the revision and prints its ARN for a deployment of CodeDeploy; or move the service to the controller `ECS`, which has blue/green deployments of its own"
            }
            Self::TaskSets => {
                "`acetate register` makes the revision and prints its ARN for what makes the task sets; or move the service to the controller `ECS`"
            }
            Self::Express => {
                "`acetate register` makes the revision and prints its ARN; `aws ecs update-express-gateway-service` deploys it"
            }
            Self::Daemon => {
                "its task definitions are of a kind of their own: `acetate render` prints the containers for `aws ecs register-daemon-task-definition`, and `aws ecs update-daemon` deploys that"
            }
            Self::Other(_) => {
                "acetate deploys services with the deployment controller `ECS`; `acetate register` makes the revision and prints its ARN for what deploys this service"
            }
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CodeDeploy => f.write_str("deployed by CodeDeploy (controller `CODE_DEPLOY`)"),
            Self::TaskSets => f.write_str("made of task sets (controller `EXTERNAL`)"),
            Self::Express => f.write_str("an Express service, run by ECS itself"),
            Self::Daemon => f.write_str("a managed daemon and no service"),
            Self::Other(name) => write!(f, "of the controller `{name}`"),
        }
    }
}

impl Refusal {
    /// The way out.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Controller { kind, .. } => kind.hint(),
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
        "ECS" if service.express => Kind::Express,
        "ECS" => return active(service),
        "CODE_DEPLOY" => Kind::CodeDeploy,
        "EXTERNAL" => Kind::TaskSets,
        other => Kind::Other(other.to_owned()),
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
