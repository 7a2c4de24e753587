//! Why tasks fail, as data: AWS's words or those of a container, the cause that they tell, what to
//! check, and AWS's page about it.
//!
//! What is special stands before what is general. A row that is weak only counts where no other
//! one does. Each row is shown by a text that somebody has seen, or by one of a list that says
//! that nobody has (`why/texts.txt`).

mod named;

use named::*;

/// Whose words they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// ECS's: reasons of tasks and containers, service events.
    Ecs,
    /// A container's: its log.
    Log,
    /// ECS's, and it may mean anything.
    Weak,
}

/// Words, in any order; upper and lower case are alike.
pub(super) type Words = &'static [&'static str];

/// Words, and what they mean.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) of: Of,
    /// All words of one of these are parts of the text.
    pub(super) any: &'static [Words],
    /// Stable name of the cause.
    pub(super) cause: &'static str,
    /// The cause, in a sentence without its full stop.
    pub(super) message: &'static str,
    /// The thing to check, after the word "check".
    pub(super) check: &'static str,
    /// The end of the address of AWS's page.
    pub(super) page: &'static str,
}

/// What the addresses of the pages begin with.
pub(super) const PAGES: &str = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/";

const fn row(of: Of, cause: Cause, any: &'static [Words]) -> Row {
    let (cause, message, check, page) = cause;
    Row {
        of,
        any,
        cause,
        message,
        check,
        page,
    }
}

const fn ecs(cause: Cause, any: &'static [Words]) -> Row {
    row(Of::Ecs, cause, any)
}

const fn log(cause: Cause, any: &'static [Words]) -> Row {
    row(Of::Log, cause, any)
}

const fn weak(cause: Cause, any: &'static [Words]) -> Row {
    row(Of::Weak, cause, any)
}

const PULL: &str = "CannotPull";
const RESOURCE: &str = "ResourceInitializationError";
const START: &str = "CannotStartContainer";

/// All rows.
pub(super) const ROWS: &[Row] = &[
    // Images.
    ecs(
        PLATFORM,
        &[
            &["descriptor matching platform"],
            &["no matching manifest for"],
            &["exec format error"],
        ],
    ),
    log(PLATFORM, &[&["exec format error"]]),
    ecs(
        RATE_LIMIT,
        &[
            &[PULL, "toomanyrequests"],
            &[PULL, "pull rate limit"],
            &[PULL, "429 Too Many Requests"],
        ],
    ),
    ecs(
        DISK,
        &[
            &[PULL, "no space left on device"],
            &["CannotCreateContainer", "Thin Pool"],
        ],
    ),
    ecs(NO_IMAGE, &[&[PULL, "Check whether the image exists"]]),
    ecs(
        IMAGE_DENIED,
        &[
            &[PULL, "has the permissions to pull"],
            &[PULL, "pull access denied"],
            &[PULL, "AccessDenied"],
            &[PULL, "unauthorized"],
            &[PULL, "403 Forbidden"],
            &[PULL, "no basic auth credentials"],
            &["unable to retrieve ecr registry auth", "AccessDenied"],
        ],
    ),
    ecs(
        IMAGE_NETWORK,
        &[
            &[PULL, "connection issue"],
            &[PULL, "Check your network configuration"],
            &[PULL, "i/o timeout"],
            &[PULL, "request canceled"],
            &[PULL, "context canceled"],
            &[PULL, "deadline exceeded"],
            &[PULL, "failed to do request"],
            &[PULL, "nil pointer dereference"],
            &[PULL, "connection refused"],
            &[PULL, "no such host"],
        ],
    ),
    ecs(
        NO_IMAGE,
        &[
            &[PULL, "not found"],
            &[PULL, "not exist"],
            &[PULL, "invalid reference"],
        ],
    ),
    ecs(IMAGE_PULL, &[&[PULL]]),
    // Instances that a capacity provider starts.
    ecs(QUOTA, &[&["Unable to launch instance", "CountExceeded"]]),
    ecs(CAPACITY_PROVIDER, &[&["Unable to launch instance"]]),
    // What is fetched before a container starts.
    ecs(EFS, &[&["EFS utils"]]),
    ecs(NO_ROUTE, &[&["connection issue", "CloudWatch"]]),
    ecs(
        LOG_DRIVER,
        &[
            &["failed to initialize logging driver"],
            &["failed to validate logger args"],
            &["cannot find the Amazon CloudWatch log group"],
        ],
    ),
    ecs(INFRASTRUCTURE_ROLE, &[&["Infrastructure Role"]]),
    ecs(
        ROLE,
        &[
            &["unable to assume the role"],
            &["unable to assume role"],
            &["IAM trust relationship has been misconfigured"],
        ],
    ),
    ecs(
        SERVICE_DENIED,
        &[&["IAM permissions policies have been misconfigured"]],
    ),
    ecs(ENV_FILE, &[&["download env files", "AccessDenied"]]),
    ecs(
        SECRET_DENIED,
        &[
            &[RESOURCE, "AccessDenied"],
            &["GetSecretValue", "not authorized"],
            &["ssm:GetParameters", "not authorized"],
        ],
    ),
    ecs(
        NO_ROUTE,
        &[
            &[RESOURCE, "connection issue"],
            &[RESOURCE, "Check your network connection"],
            &[RESOURCE, "i/o timeout"],
            &[RESOURCE, "deadline exceeded"],
            &[RESOURCE, "RequestCanceled"],
            &[RESOURCE, "request canceled"],
            &[RESOURCE, "send request failed"],
            &[RESOURCE, "pull command failed: : signal: killed"],
            &[RESOURCE, "no such host"],
        ],
    ),
    ecs(ENV_FILE, &[&["download env files"]]),
    ecs(
        SECRET_MISSING,
        &[
            &["can't retrieve the secret"],
            &["can't find the specified secret"],
            &["invalid ssm parameters"],
            &["invalid parameters:", "ssm"],
            &["did not contain json key"],
            &["invalid character", "secret"],
            &["unexpected ARN format"],
            &["an invalid ARN format"],
            &[RESOURCE, "Invalid name"],
            &[RESOURCE, "marked for deletion"],
        ],
    ),
    ecs(ATTACHMENT, &[&["failed to configure ENI"]]),
    // Containers.
    ecs(OUT_OF_MEMORY, &[&["OutOfMemory"]]),
    log(
        OUT_OF_MEMORY,
        &[&["heap out of memory"], &["java.lang.OutOfMemoryError"]],
    ),
    ecs(
        ENTRY_POINT,
        &[
            &[START, "executable file not found"],
            &[START, "no such file or direct"],
            &[START, "permission denied"],
        ],
    ),
    ecs(CONTAINER_START, &[&[START], &["CannotCreateContainer"]]),
    ecs(RESOURCES, &[&[RESOURCE]]),
    ecs(VOLUME, &[&["CannotCreateVolume"], &["EBS volume"]]),
    ecs(TIMEOUT, &[&["ContainerRuntimeTimeout"], &["DockerTimeout"]]),
    ecs(
        RUNTIME,
        &[&["ContainerRuntimeError"], &["CannotInspectContainer"]],
    ),
    ecs(CONTAINER_STOP, &[&["CannotStopContainer"]]),
    // Health.
    ecs(TARGET_GROUP, &[&["TARGET GROUP IS NOT FOUND"]]),
    ecs(
        ELB_HEALTH,
        &[
            &["failed ELB health checks"],
            &["is unhealthy in", "target-group"],
            &["is unhealthy in", "elb"],
            &["TARGET IS NOT FOUND"],
        ],
    ),
    ecs(CONTAINER_HEALTH, &[&["failed container health checks"]]),
    // Capacity and placement.
    ecs(
        FARGATE_CAPACITY,
        &[&["Capacity is unavailable at this time"]],
    ),
    ecs(ZONE, &[&["unable to place a task", "Internal error"]]),
    ecs(
        QUOTA,
        &[
            &["reached the limit on the number"],
            &["above your limit"],
            &["provisioning capacity limit was exceeded"],
        ],
    ),
    ecs(
        AGENT,
        &[
            &["encountered error \"AGENT\""],
            &["TaskFailedToStart: AGENT"],
            &["RunTask: AGENT"],
            &["Timed out waiting for Amazon ECS Agent"],
        ],
    ),
    ecs(
        NO_CAPACITY,
        &[
            &["no container instance met all"],
            &["No Container Instances were found"],
            &["placement constraint unsatisfied"],
            &["RESOURCE:"],
            &["TaskFailedToStart: ATTRIBUTE"],
            &["RunTask: ATTRIBUTE"],
            &["RunTask: LOCATION"],
            &["TaskFailedToStart: NO ACTIVE INSTANCES"],
            &["TaskFailedToStart: EMPTY CAPACITY PROVIDER"],
            &["could not launch", "tasks for deployment"],
        ],
    ),
    ecs(
        ATTACHMENT,
        &[
            &["Timeout waiting for network interface provisioning"],
            &["Unexpected EC2 error", "network interface"],
            &["network interface to unused device index"],
            &["TaskFailedToStart: InternalError"],
        ],
    ),
    ecs(
        COMPUTE,
        &[&["not compatible with the selected compute strategy"]],
    ),
    ecs(
        SPOT,
        &[
            &["SpotInterruption"],
            &["Spot Task was interrupted"],
            &["TerminationNotice"],
        ],
    ),
    ecs(
        HOST,
        &[
            &["Host EC2", "terminated"],
            &["Host EC2", "stopped"],
            &["instance deregistration forced"],
        ],
    ),
    ecs(
        DEPLOYMENT,
        &[&["because of the service deployment configuration"]],
    ),
    ecs(PROTECTED, &[&["protected tasks are more than"]]),
    ecs(THROTTLED, &[&["operations are being throttled"]]),
    // What applications write.
    log(PORT_IN_USE, &[&["EADDRINUSE"], &["address already in use"]]),
    log(APPLICATION_DENIED, &[&["is not authorized to perform:"]]),
    log(DISK, &[&["no space left on device"]]),
    log(
        ENTRY_POINT,
        &[
            &["exec", "no such file or directory"],
            &["exec", "permission denied"],
        ],
    ),
    // Exit codes tell least.
    weak(KILLED, &[&["exit code 137."]]),
    weak(SEGMENT, &[&["exit code 139."]]),
    weak(ENTRY_POINT, &[&["exit code 126."], &["exit code 127."]]),
    weak(TERMINATED, &[&["exit code 143."]]),
    weak(ENDED, &[&["exit code 0."]]),
    weak(EXITED, &[&["exit code "]]),
];
