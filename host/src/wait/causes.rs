//! Why tasks fail, as data: AWS's words or those of a container, the cause that they tell, what to
//! check, and AWS's page about it.
//!
//! What is special stands before what is general. A row that is weak only counts where no other
//! one does.

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

/// Words, and what they mean.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) of: Of,
    /// Parts of the text, in any order; upper and lower case are alike.
    pub(super) words: &'static [&'static str],
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

const fn row(of: Of, words: &'static [&'static str], cause: Cause) -> Row {
    let (cause, message, check, page) = cause;
    Row {
        of,
        words,
        cause,
        message,
        check,
        page,
    }
}

/// All rows.
pub(super) const ROWS: &[Row] = &[
    // Images.
    row(Of::Ecs, &["does not match", "platform"], PLATFORM),
    row(Of::Ecs, &["descriptor matching platform"], PLATFORM),
    row(Of::Ecs, &["exec format error"], PLATFORM),
    row(Of::Log, &["exec format error"], PLATFORM),
    row(Of::Ecs, &["CannotPull", "toomanyrequests"], RATE_LIMIT),
    row(Of::Ecs, &["CannotPull", "pull rate limit"], RATE_LIMIT),
    row(
        Of::Ecs,
        &["CannotPull", "429 Too Many Requests"],
        RATE_LIMIT,
    ),
    row(
        Of::Ecs,
        &["CannotPull", "no space left on device"],
        IMAGE_DISK,
    ),
    row(Of::Ecs, &["CannotPull", "disk"], IMAGE_DISK),
    row(
        Of::Ecs,
        &["CannotPull", "no basic auth credentials"],
        IMAGE_DENIED,
    ),
    row(Of::Ecs, &["CannotPull", "AccessDenied"], IMAGE_DENIED),
    row(Of::Ecs, &["CannotPull", "403 Forbidden"], IMAGE_DENIED),
    row(Of::Ecs, &["CannotPull", "not authorized"], IMAGE_DENIED),
    row(Of::Ecs, &["CannotPull", "unauthorized"], IMAGE_DENIED),
    row(
        Of::Ecs,
        &["CannotPull", "authorization failed"],
        IMAGE_DENIED,
    ),
    row(Of::Ecs, &["CannotPull", "pull access denied"], IMAGE_DENIED),
    row(Of::Ecs, &["CannotPullECRContainer", "denied"], IMAGE_DENIED),
    row(
        Of::Ecs,
        &["unable to retrieve ecr registry auth", "AccessDenied"],
        IMAGE_DENIED,
    ),
    row(
        Of::Ecs,
        &["unable to pull registry auth from Amazon ECR", "denied"],
        IMAGE_DENIED,
    ),
    row(Of::Ecs, &["CannotPull", "i/o timeout"], IMAGE_NETWORK),
    row(
        Of::Ecs,
        &["CannotPull", "Client.Timeout exceeded"],
        IMAGE_NETWORK,
    ),
    row(Of::Ecs, &["CannotPull", "request canceled"], IMAGE_NETWORK),
    row(Of::Ecs, &["CannotPull", "context canceled"], IMAGE_NETWORK),
    row(
        Of::Ecs,
        &["CannotPull", "connection refused"],
        IMAGE_NETWORK,
    ),
    row(Of::Ecs, &["CannotPull", "no such host"], IMAGE_NETWORK),
    row(Of::Ecs, &["CannotPull", "deadline exceeded"], IMAGE_NETWORK),
    row(
        Of::Ecs,
        &["CannotPull", "failed to do request"],
        IMAGE_NETWORK,
    ),
    row(Of::Ecs, &["CannotPull", "not found"], NO_IMAGE),
    row(Of::Ecs, &["CannotPull", "manifest unknown"], NO_IMAGE),
    row(Of::Ecs, &["CannotPull", "not exist"], NO_IMAGE),
    row(Of::Ecs, &["CannotPull", "invalid reference"], NO_IMAGE),
    row(Of::Ecs, &["CannotPull"], IMAGE_PULL),
    // What is fetched before a container starts.
    row(Of::Ecs, &["EFS", "mount"], EFS),
    row(Of::Ecs, &["EFS utils"], EFS),
    row(Of::Ecs, &["environment file"], ENV_FILE),
    row(
        Of::Ecs,
        &["s3", "ResourceInitializationError", "download env"],
        ENV_FILE,
    ),
    row(
        Of::Ecs,
        &["failed to initialize logging driver"],
        LOG_DRIVER,
    ),
    row(Of::Ecs, &["failed to validate logger args"], LOG_DRIVER),
    row(Of::Ecs, &["failed to create Cloudwatch log"], LOG_DRIVER),
    row(Of::Ecs, &["unable to assume the role"], ROLE),
    row(Of::Ecs, &["unable to assume role"], ROLE),
    row(Of::Ecs, &["ECS was unable to assume"], ROLE),
    row(Of::Ecs, &["sts:AssumeRole"], ROLE),
    row(
        Of::Ecs,
        &["execution role", "unable to retrieve credentials"],
        ROLE,
    ),
    row(
        Of::Ecs,
        &["ResourceInitializationError", "secret", "AccessDenied"],
        SECRET_DENIED,
    ),
    row(
        Of::Ecs,
        &["ResourceInitializationError", "ssm", "AccessDenied"],
        SECRET_DENIED,
    ),
    row(
        Of::Ecs,
        &["ResourceInitializationError", "kms"],
        SECRET_DENIED,
    ),
    row(
        Of::Ecs,
        &["GetSecretValue", "not authorized"],
        SECRET_DENIED,
    ),
    row(
        Of::Ecs,
        &["ssm:GetParameters", "not authorized"],
        SECRET_DENIED,
    ),
    row(
        Of::Ecs,
        &["ResourceInitializationError", "ResourceNotFoundException"],
        SECRET_MISSING,
    ),
    row(
        Of::Ecs,
        &["ResourceInitializationError", "invalid ssm parameters"],
        SECRET_MISSING,
    ),
    row(Of::Ecs, &["invalid parameters:", "ssm"], SECRET_MISSING),
    row(Of::Ecs, &["ParameterNotFound"], SECRET_MISSING),
    row(Of::Ecs, &["did not contain json key"], SECRET_MISSING),
    row(Of::Ecs, &["unable to parse secret value"], SECRET_MISSING),
    row(Of::Ecs, &["invalid character", "secret"], SECRET_MISSING),
    row(Of::Ecs, &["unexpected ARN format"], SECRET_MISSING),
    row(
        Of::Ecs,
        &["ResourceInitializationError", "i/o timeout"],
        NETWORK_SECRET,
    ),
    row(
        Of::Ecs,
        &["ResourceInitializationError", "deadline exceeded"],
        NETWORK_SECRET,
    ),
    row(
        Of::Ecs,
        &["ResourceInitializationError", "request canceled"],
        NETWORK_SECRET,
    ),
    row(
        Of::Ecs,
        &["ResourceInitializationError", "send request failed"],
        NETWORK_SECRET,
    ),
    row(
        Of::Ecs,
        &["ResourceInitializationError", "connection issue"],
        NETWORK_SECRET,
    ),
    row(
        Of::Ecs,
        &["ResourceInitializationError", "no such host"],
        NETWORK_SECRET,
    ),
    row(
        Of::Ecs,
        &["ResourceInitializationError", "AccessDenied"],
        SECRET_DENIED,
    ),
    row(Of::Ecs, &["ResourceInitializationError"], RESOURCES),
    // Containers.
    row(Of::Ecs, &["OutOfMemory"], OUT_OF_MEMORY),
    row(Of::Ecs, &["killed due to memory usage"], OUT_OF_MEMORY),
    row(Of::Log, &["heap out of memory"], OUT_OF_MEMORY),
    row(Of::Log, &["java.lang.OutOfMemoryError"], OUT_OF_MEMORY),
    row(
        Of::Ecs,
        &["CannotStartContainer", "executable file not found"],
        ENTRY_POINT,
    ),
    row(
        Of::Ecs,
        &["CannotStartContainer", "no such file or directory"],
        ENTRY_POINT,
    ),
    row(
        Of::Ecs,
        &["CannotStartContainer", "permission denied"],
        ENTRY_POINT,
    ),
    row(Of::Ecs, &["CannotStartContainer"], CONTAINER_START),
    row(Of::Ecs, &["CannotCreateVolume"], VOLUME),
    row(Of::Ecs, &["volume", "attach"], VOLUME),
    row(Of::Ecs, &["TaskFailedToStart", "EBS"], VOLUME),
    row(Of::Ecs, &["dependency", "container"], DEPENDENCY),
    row(Of::Ecs, &["ContainerRuntimeTimeout"], TIMEOUT),
    row(Of::Ecs, &["DockerTimeout"], TIMEOUT),
    row(Of::Ecs, &["Could not transition to"], TIMEOUT),
    // Health.
    row(Of::Ecs, &["failed ELB health checks"], ELB_HEALTH),
    row(Of::Ecs, &["is unhealthy in", "target-group"], ELB_HEALTH),
    row(Of::Ecs, &["is unhealthy in", "elb"], ELB_HEALTH),
    row(
        Of::Ecs,
        &["failed container health checks"],
        CONTAINER_HEALTH,
    ),
    row(Of::Ecs, &["health check failed"], CONTAINER_HEALTH),
    // Capacity and placement.
    row(
        Of::Ecs,
        &["Capacity is unavailable at this time"],
        FARGATE_CAPACITY,
    ),
    row(Of::Ecs, &["Fargate capacity"], FARGATE_CAPACITY),
    row(Of::Ecs, &["limit on the number of"], QUOTA),
    row(Of::Ecs, &["reached the limit"], QUOTA),
    row(Of::Ecs, &["above your limit"], QUOTA),
    row(Of::Ecs, &["encountered error", "AGENT"], AGENT),
    row(Of::Ecs, &["AGENT", "RunTask"], AGENT),
    row(Of::Ecs, &["agent", "disconnected"], AGENT),
    row(
        Of::Ecs,
        &["unable to place a task", "no container instance met all"],
        NO_CAPACITY,
    ),
    row(Of::Ecs, &["No Container Instances were found"], NO_CAPACITY),
    row(Of::Ecs, &["RESOURCE:"], NO_CAPACITY),
    row(Of::Ecs, &["ATTRIBUTE"], NO_CAPACITY),
    row(
        Of::Ecs,
        &["Timeout waiting for network interface provisioning"],
        ATTACHMENT,
    ),
    row(Of::Ecs, &["network interface", "not"], ATTACHMENT),
    row(Of::Ecs, &["InsufficientFreeAddresses"], ATTACHMENT),
    row(Of::Ecs, &["SpotInterruption"], SPOT),
    row(Of::Ecs, &["Spot", "interrupt"], SPOT),
    row(Of::Ecs, &["TerminationNotice"], SPOT),
    row(Of::Ecs, &["Host EC2", "terminated"], HOST),
    row(Of::Ecs, &["Host EC2", "stopped"], HOST),
    row(Of::Ecs, &["TaskSetStopped"], HOST),
    row(Of::Ecs, &["operations are being throttled"], PLACEMENT),
    // What applications write.
    row(Of::Log, &["EADDRINUSE"], PORT_IN_USE),
    row(Of::Log, &["address already in use"], PORT_IN_USE),
    row(
        Of::Log,
        &["is not authorized to perform:"],
        APPLICATION_DENIED,
    ),
    row(Of::Log, &["no space left on device"], IMAGE_DISK),
    row(Of::Log, &["exec", "no such file or directory"], ENTRY_POINT),
    row(Of::Log, &["exec", "permission denied"], ENTRY_POINT),
    // Exit codes tell least.
    row(Of::Weak, &["exit code 137."], KILLED),
    row(Of::Weak, &["exit code 139."], SEGMENT),
    row(Of::Weak, &["exit code 126."], ENTRY_POINT),
    row(Of::Weak, &["exit code 127."], ENTRY_POINT),
    row(Of::Weak, &["exit code 1."], EXITED),
    row(Of::Weak, &["exit code 143."], TERMINATED),
    row(Of::Weak, &["exit code 0."], ENDED),
    row(Of::Weak, &["exit code "], EXITED),
];
