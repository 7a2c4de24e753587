//! Causes: what each is called and means, what to check, and AWS's page about it.

/// A cause: its name, itself, what to check, and the page.
pub(super) type Cause = (&'static str, &'static str, &'static str, &'static str);

const PULL: &str = "task_cannot_pull_image.html";
const RESOURCE: &str = "resource-initialization-error.html";
const STOPPED: &str = "stopped-task-error-codes.html";
const EVENTS: &str = "service-event-messages-list.html";
const NETWORK: &str = "verify-connectivity.html";

pub(super) const NO_IMAGE: Cause = (
    "image-not-found",
    "the registry does not have the image, or not under this tag",
    "that the tag was pushed to this repository, in this account and region; a private registry may answer the same without `repositoryCredentials`",
    PULL,
);
pub(super) const IMAGE_DENIED: Cause = (
    "image-denied",
    "the registry does not hand out the image to the execution role",
    "the execution role's permissions (`ecr:GetAuthorizationToken`, `ecr:BatchGetImage`, `ecr:GetDownloadUrlForLayer`), the repository's policy, and `repositoryCredentials` for a private registry",
    PULL,
);
pub(super) const RATE_LIMIT: Cause = (
    "image-rate-limit",
    "the registry limits how often images are pulled",
    "whether the image can come from ECR (a pull through cache, a copy), or give `repositoryCredentials`",
    PULL,
);
pub(super) const PLATFORM: Cause = (
    "platform-mismatch",
    "the image is not made for the processor that it runs on",
    "`runtimePlatform` of the task definition against the platforms of the image (`docker build --platform`)",
    "task_definition_parameters.html",
);
pub(super) const IMAGE_NETWORK: Cause = (
    "image-no-route",
    "the registry cannot be reached from the task's subnet",
    "a route to a NAT gateway, a public address, or VPC endpoints (`ecr.api`, `ecr.dkr`, S3), and that the security group lets 443 out",
    NETWORK,
);
pub(super) const DISK: Cause = (
    "disk-full",
    "there is no space left on the disk",
    "`ephemeralStorage` of the task definition, or the disk of the container instance",
    PULL,
);
pub(super) const SECRET_DENIED: Cause = (
    "secret-denied",
    "the execution role may not read a secret or a parameter",
    "the execution role's `secretsmanager:GetSecretValue` or `ssm:GetParameters` on it, and `kms:Decrypt` on its key",
    RESOURCE,
);
pub(super) const SECRET_MISSING: Cause = (
    "secret-missing",
    "a secret, a parameter or a key in it does not exist",
    "the name, region and JSON key in `secrets` of the task definition",
    RESOURCE,
);
pub(super) const NO_ROUTE: Cause = (
    "no-route",
    "AWS's services cannot be reached from the task's subnet",
    "a route to a NAT gateway, a public address, or VPC endpoints, and that the security group lets 443 out",
    NETWORK,
);
pub(super) const OUT_OF_MEMORY: Cause = (
    "out-of-memory",
    "a container used more memory than it may",
    "`memory` of the container and of the task against what the application needs",
    "out-of-memory.html",
);
pub(super) const ELB_HEALTH: Cause = (
    "load-balancer-health",
    "the load balancer's health check fails",
    "that the container listens on the port and answers the path of the target group's health check, that its security group lets the load balancer in, and `healthCheckGracePeriodSeconds`",
    "troubleshoot-service-load-balancers.html",
);
pub(super) const CONTAINER_HEALTH: Cause = (
    "container-health",
    "the container's own health check fails",
    "`healthCheck` of the container: its command (is the program in the image?), `startPeriod`, `timeout`",
    "healthcheck.html",
);
pub(super) const NO_CAPACITY: Cause = (
    "no-capacity",
    "no container instance has room for the task, or fits it",
    "free CPU, memory, ports and network interfaces of the cluster's instances, the capacity provider, and placement constraints",
    EVENTS,
);
pub(super) const FARGATE_CAPACITY: Cause = (
    "fargate-capacity",
    "Fargate has no capacity for the task at the moment",
    "more subnets in other zones, another size, or try again later; Spot has less than on demand",
    EVENTS,
);
pub(super) const QUOTA: Cause = (
    "quota",
    "a quota of the account is used up",
    "the quota in Service Quotas (Fargate vCPUs, tasks, network interfaces)",
    EVENTS,
);
pub(super) const AGENT: Cause = (
    "agent-disconnected",
    "the agent of the container instance does not answer",
    "that the agent runs on the instance, and can reach ECS",
    EVENTS,
);
pub(super) const SPOT: Cause = (
    "spot-interruption",
    "AWS took the Spot capacity back",
    "`stopTimeout` and the mix of FARGATE and FARGATE_SPOT; the deployment can be made again as it is",
    "spot-interruption-errors.html",
);
pub(super) const HOST: Cause = (
    "host-stopped",
    "the machine below the task was stopped",
    "the container instance or its Auto Scaling group; the deployment can be made again as it is",
    STOPPED,
);
pub(super) const EFS: Cause = (
    "efs-mount",
    "a file system of EFS cannot be mounted",
    "the file system's mount target in the task's zone, port 2049 in its security group, the access point, and the task role's `elasticfilesystem:ClientMount`",
    "efs-volumes.html",
);
pub(super) const LOG_DRIVER: Cause = (
    "log-driver",
    "the log driver cannot be started",
    "that the log group exists in that region (or `awslogs-create-group`), and the execution role's `logs:CreateLogStream` and `logs:PutLogEvents`",
    "using_awslogs.html",
);
pub(super) const ROLE: Cause = (
    "role-not-assumed",
    "ECS cannot assume a role of the task definition",
    "that the role exists, and that its trust policy names `ecs-tasks.amazonaws.com`",
    "task_execution_IAM_role.html",
);
pub(super) const ENTRY_POINT: Cause = (
    "entry-point",
    "the container's command is not in the image, or cannot be executed",
    "`entryPoint` and `command` against the image, the file's mode, and the interpreter in its first line",
    "cannot-start-container.html",
);
pub(super) const ENV_FILE: Cause = (
    "environment-file",
    "an environment file cannot be fetched from S3",
    "that the object exists, and the execution role's `s3:GetObject` on it",
    RESOURCE,
);
pub(super) const ATTACHMENT: Cause = (
    "network-interface",
    "the task got no network interface",
    "free addresses in the subnets, the security groups, and the quota of network interfaces",
    "failed-to-start-error.html",
);
pub(super) const VOLUME: Cause = (
    "volume",
    "a volume cannot be made or attached",
    "the volume's configuration, and the infrastructure role of the service",
    "troubleshoot-ebs-volumes.html",
);
pub(super) const PORT_IN_USE: Cause = (
    "port-in-use",
    "the application's port is taken already",
    "that no two containers of the task listen on one port",
    STOPPED,
);
pub(super) const APPLICATION_DENIED: Cause = (
    "task-role-denied",
    "the application was refused by AWS",
    "the permissions of the task role",
    "task-iam-roles.html",
);
pub(super) const TIMEOUT: Cause = (
    "start-timeout",
    "a container did not start in time",
    "`startTimeout`, the size of the image and what it does first",
    "container-runtime-timeout-error.html",
);
pub(super) const THROTTLED: Cause = (
    "throttled",
    "AWS limits what the service does",
    "other services of the account that start many tasks; ECS tries again by itself",
    EVENTS,
);
pub(super) const KILLED: Cause = (
    "killed",
    "a container was killed with SIGKILL, most likely since it used too much memory or did not stop in time",
    "`memory` of the container, and `stopTimeout`",
    STOPPED,
);
pub(super) const SEGMENT: Cause = (
    "crashed",
    "the application crashed with a segmentation fault",
    "the image's libraries against its platform, and the last lines of its log",
    STOPPED,
);
pub(super) const TERMINATED: Cause = (
    "terminated",
    "the application ended at a SIGTERM",
    "who stops it: a health check, another essential container, scaling",
    STOPPED,
);
pub(super) const EXITED: Cause = (
    "exited",
    "the application ended by itself with an error",
    "the last lines of its log, and the variables and secrets that it needs",
    STOPPED,
);
pub(super) const ENDED: Cause = (
    "ended",
    "the application ended without an error, and a service's must go on",
    "that `command` runs in the foreground, or that the container is not `essential`",
    STOPPED,
);

pub(super) const IMAGE_PULL: Cause = (
    "image-pull",
    "the image cannot be pulled",
    "the image's name, the execution role, and the way from the subnet to the registry",
    PULL,
);
pub(super) const RESOURCES: Cause = (
    "resources",
    "what the task needs before it starts cannot be made ready",
    "secrets, log driver, volumes and roles of the task definition, and the subnet's way to AWS's services",
    RESOURCE,
);
pub(super) const CONTAINER_START: Cause = (
    "container-start",
    "a container cannot be started",
    "its command, memory, devices, ports and mounts",
    "cannot-start-container.html",
);

pub(super) const CAPACITY_PROVIDER: Cause = (
    "capacity-provider",
    "the capacity provider cannot launch an instance",
    "its infrastructure role and instance profile, its subnets, and whether EC2 has instances as it asks for",
    EVENTS,
);
pub(super) const INFRASTRUCTURE_ROLE: Cause = (
    "infrastructure-role",
    "ECS cannot assume the infrastructure role of the service",
    "that the role exists, that its trust policy names `ecs.amazonaws.com`, and that whoever made the service may pass it",
    "infrastructure_IAM_role.html",
);
pub(super) const SERVICE_DENIED: Cause = (
    "service-denied",
    "ECS may not do what the service needs",
    "the policies of the roles that the service and its task definition name",
    EVENTS,
);
pub(super) const RUNTIME: Cause = (
    "container-runtime",
    "the container runtime below the task failed",
    "the container instance; on Fargate the deployment can be made again as it is, and AWS's support knows more",
    "container-runtime-error.html",
);
pub(super) const CONTAINER_STOP: Cause = (
    "container-stop",
    "a container cannot be stopped",
    "what the application does at SIGTERM, and the container instance",
    "cannot-stop-container.html",
);
pub(super) const TARGET_GROUP: Cause = (
    "target-group-missing",
    "the target group of the service is gone",
    "the target group in infrastructure code; a service whose target group was deleted must be made again",
    EVENTS,
);
pub(super) const ZONE: Cause = (
    "unsupported-zone",
    "a subnet of the service is in a zone that Fargate does not support",
    "the zones of the subnets against those of Fargate in this region",
    EVENTS,
);
pub(super) const COMPUTE: Cause = (
    "compute-mismatch",
    "the task definition does not fit the launch type or capacity providers of the service",
    "`requiresCompatibilities` of the template against the launch type or capacity providers of the service",
    "failed-to-start-error.html",
);
pub(super) const DEPLOYMENT: Cause = (
    "deployment-configuration",
    "the service's deployment configuration lets ECS neither start nor stop a task",
    "`minimumHealthyPercent` and `maximumPercent` of the service against its desired count",
    EVENTS,
);
pub(super) const PROTECTED: Cause = (
    "tasks-protected",
    "more tasks are protected from being stopped than the service wants",
    "the protection of tasks (`aws ecs get-task-protection`), or wait until it expires",
    "task-scale-in-protection.html",
);
