//! AWS's own texts, and the causes that they tell.

use std::collections::BTreeSet;

use super::*;

fn cause(said: &[&str], written: &[&str]) -> Option<String> {
    let texts = |all: &[&str]| all.iter().map(ToString::to_string).collect();
    let said = said.iter().map(|text| (1, texts(&[text]))).collect();
    let written = texts(written);
    why("web", &Evidence { said, written }).map(|why| why.cause)
}

/// Reasons of stopped tasks.
const REASONS: &[(&str, &[&str])] = &[
    (
        "image-not-found",
        &[
            "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref docker.io/library/app:1: docker.io/library/app:1: not found",
            "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref 123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:2: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:2: not found",
            "CannotPullContainerError: Error response from daemon: manifest for app:9 not found: manifest unknown: Requested image not found",
            "CannotPullContainerError: API error (404): repository 123456789012.dkr.ecr.us-east-1.amazonaws.com/app not found",
            "CannotPullContainerError: The task can't pull the image. The repository with name 'app' does not exist in the registry with id '123456789012'",
        ],
    ),
    (
        "image-denied",
        &[
            "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref app:1: pulling from host 123456789012.dkr.ecr.eu-west-1.amazonaws.com failed with status code [manifests 1]: 403 Forbidden",
            "CannotPullContainerError: Error response from daemon: pull access denied for app, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
            "CannotPullContainerError: Error response from daemon: Get https://123456789012.dkr.ecr.us-east-1.amazonaws.com/v2/app/manifests/latest: no basic auth credentials",
            "CannotPullECRContainerError: AccessDeniedException: User: arn:aws:sts::1:assumed-role/ecs/i-1 is not authorized to perform: ecr:GetAuthorizationToken on resource: * access denied",
            "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been retried 1 time(s): AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/ecs/0123 is not authorized to perform: ecr:GetAuthorizationToken on resource: *",
        ],
    ),
    (
        "image-rate-limit",
        &[
            "CannotPullContainerError: inspect image has been retried 5 time(s): httpReaderSeeker: failed open: unexpected status code https://registry-1.docker.io/v2/library/app/manifests/sha256:0: 429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit.",
            "CannotPullContainerError: ref pull has been retried 5 time(s): failed to copy: httpReaderSeeker: failed open: unexpected status code 429 Too Many Requests",
        ],
    ),
    (
        "image-no-route",
        &[
            "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref docker.io/library/app:1: failed to do request: Head \"https://registry-1.docker.io/v2/library/app/manifests/1\": dial tcp 34.205.13.154:443: i/o timeout",
            "CannotPullContainerError: Error response from daemon: Get https://1.dkr.ecr.us-east-1.amazonaws.com/v2/: net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)",
            "CannotPullContainerError: ref pull has been retried 1 time(s): failed to unpack image on snapshotter overlayfs: failed to extract layer: context canceled",
            "CannotPullContainerError: pull command failed: dial tcp: lookup registry-1.docker.io: no such host",
        ],
    ),
    (
        "platform-mismatch",
        &[
            "CannotPullContainerError: pull image manifest has been retried 5 time(s): image Manifest does not contain descriptor matching platform 'linux/amd64'",
            "CannotPullContainerError: The task cannot pull the image since its platform does not match 'linux/arm64'",
            "CannotStartContainerError: Error response from daemon: exec /app: exec format error",
        ],
    ),
    (
        "disk-full",
        &[
            "CannotPullContainerError: ref pull has been retried 5 time(s): failed to copy: failed to send write: write /var/lib/containerd/x: no space left on device: unknown",
        ],
    ),
    (
        "image-pull",
        &["CannotPullContainerError: something that AWS says from tomorrow on"],
    ),
    (
        "secret-denied",
        &[
            "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret arn:aws:secretsmanager:eu-west-1:1:secret:prod/db-AbCdEf from secrets manager: AccessDeniedException: User: arn:aws:sts::1:assumed-role/ecs/0 is not authorized to perform: secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:eu-west-1:1:secret:prod/db-AbCdEf",
            "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been retried 1 time(s): AccessDeniedException: User: arn:aws:sts::1:assumed-role/ecs/0 is not authorized to perform: ssm:GetParameters on resource: arn:aws:ssm:eu-west-1:1:parameter/prod/key",
            "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: failed to fetch secret: AccessDeniedException: Access to KMS is not allowed",
        ],
    ),
    (
        "secret-missing",
        &[
            "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret arn:aws:secretsmanager:us-east-1:1:secret:gone from secrets manager: ResourceNotFoundException: Secrets Manager can't find the specified secret.",
            "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been retried 1 time(s): invalid ssm parameters: /prod/gone",
            "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: retrieved secret from Secrets Manager did not contain json key url",
            "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): unexpected ARN format with parameters when trying to retrieve ASM secret",
        ],
    ),
    (
        "no-route",
        &[
            "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been retried 3 time(s): RequestError: send request failed caused by: Post \"https://api.ecr.us-east-1.amazonaws.com/\": dial tcp 10.0.1.2:443: i/o timeout",
            "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been retried 5 time(s): RequestCanceled: request context canceled caused by: context deadline exceeded",
            "ResourceInitializationError: unable to pull secrets or registry auth: The task cannot pull registry auth from Amazon ECR: There is a connection issue between the task and Amazon ECR. Check your task network configuration.",
        ],
    ),
    (
        "efs-mount",
        &[
            "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: b'mount.nfs4: mounting fs-1.efs.eu-west-1.amazonaws.com:/x failed, reason given by server: No such file or directory' : unsuccessful EFS utils command execution; code: 32",
            "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: Failed to resolve \"fs-1.efs.eu-west-1.amazonaws.com\" - check that your file system ID is correct",
        ],
    ),
    (
        "log-driver",
        &[
            "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist.: exit status 1",
            "ResourceInitializationError: failed to initialize logging driver: failed to create Cloudwatch log group: AccessDeniedException: not authorized to perform: logs:CreateLogGroup",
            "CannotStartContainerError: Error response from daemon: failed to initialize logging driver: failed to create Cloudwatch log stream: ResourceNotFoundException",
        ],
    ),
    (
        "role-not-assumed",
        &[
            "ECS was unable to assume the role 'arn:aws:iam::123456789012:role/ecs' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.",
            "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to assume the role",
        ],
    ),
    (
        "environment-file",
        &[
            "ResourceInitializationError: failed to download env files: file download command: non empty error stream: service call has been retried 1 time(s): failed to download environment file from s3: AccessDenied",
        ],
    ),
    (
        "resources",
        &["ResourceInitializationError: failed to configure ENI: something new"],
    ),
    (
        "out-of-memory",
        &["OutOfMemoryError: Container killed due to memory usage"],
    ),
    (
        "entry-point",
        &[
            "CannotStartContainerError: Error response from daemon: failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: \"bin/server\": stat bin/server: no such file or directory: unknown",
            "CannotStartContainerError: Error response from daemon: OCI runtime create failed: exec: \"npm\": executable file not found in $PATH: unknown",
        ],
    ),
    (
        "container-start",
        &["CannotStartContainerError: failed to get container status: timed out"],
    ),
    (
        "volume",
        &[
            "CannotCreateVolumeError: Error response from daemon: create data: error looking up volume plugin rexray",
        ],
    ),
    (
        "start-timeout",
        &[
            "ContainerRuntimeTimeoutError: Could not transition to running; timed out after waiting 1m: x",
            "DockerTimeoutError: Could not transition to started; timed out after waiting 3m0s",
        ],
    ),
    (
        "load-balancer-health",
        &[
            "Task failed ELB health checks in (target-group arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/web/0)",
            "(service web) (port 8080) is unhealthy in (target-group arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/web/0) due to (reason Health checks failed with these codes: [404]).",
            "(service web) (instance i-1) is unhealthy in (elb web) due to (reason Instance has failed at least the UnhealthyThreshold number of health checks consecutively.)",
        ],
    ),
    (
        "container-health",
        &[
            "Task failed container health checks",
            "(service web) (task 0123) failed container health checks.",
        ],
    ),
    (
        "no-capacity",
        &[
            "(service web) was unable to place a task because no container instance met all of its requirements.",
            "(service web) was unable to place a task because no container instance met all of its requirements. The closest matching (container-instance 0) has insufficient CPU units available.",
            "(service web) was unable to place a task because no container instance met all of its requirements. The closest matching (container-instance 0) is already using a port required by your task.",
            "(service web) was unable to place a task because no container instance met all of its requirements. Reason: No Container Instances were found in your cluster.",
            "RESOURCE:CPU",
            "RESOURCE:MEMORY",
            "RESOURCE:ENI",
            "RESOURCE:PORTS",
        ],
    ),
    (
        "fargate-capacity",
        &[
            "(service web) was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later or in a different availability zone.",
        ],
    ),
    (
        "quota",
        &[
            "(service web) was unable to place a task. Reason: You've reached the limit on the number of tasks you can run concurrently.",
            "(service web) was unable to place a task. Reason: You've reached the limit on the number of vCPUs you can run concurrently.",
            "(service web) was unable to place a task. Reason: The requested CPU configuration is above your limit.",
        ],
    ),
    (
        "agent-disconnected",
        &[
            "(service web) was unable to place a task because no container instance met all of its requirements. The closest matching (container-instance 0) encountered error \"AGENT\".",
        ],
    ),
    (
        "spot-interruption",
        &["SpotInterruption", "Your Spot Task was interrupted."],
    ),
    (
        "host-stopped",
        &[
            "Host EC2 (instance i-1) terminated.",
            "Host EC2 (instance i-1) stopped.",
        ],
    ),
    (
        "network-interface",
        &["Timeout waiting for network interface provisioning to complete."],
    ),
    (
        "throttled",
        &["(service web) operations are being throttled. Will try again later."],
    ),
    ("exited", &["exit code 1.", "exit code 3."]),
    ("killed", &["exit code 137."]),
    ("crashed", &["exit code 139."]),
    ("terminated", &["exit code 143."]),
    ("ended", &["exit code 0."]),
];

#[test]
fn awss_own_texts_tell_their_cause() {
    for (expected, texts) in REASONS {
        for text in *texts {
            assert_eq!(cause(&[text], &[]).as_deref(), Some(*expected), "{text}");
        }
    }
}

#[test]
fn what_says_nothing_has_no_cause() {
    for text in [
        "",
        "(service web) has started 2 tasks: (task 0) (task 1).",
        "(service web) has reached a steady state.",
        "Essential container in task exited",
        "TaskFailedToStart",
        "Service deployment rolled back because the circuit breaker threshold was exceeded.",
    ] {
        assert_eq!(
            cause(&[text], &["i/o timeout", "not found"]),
            None,
            "{text}"
        );
    }
}

#[test]
fn what_a_container_wrote_tells_more_than_its_exit_code() {
    for (line, expected) in [
        (
            "exec /usr/local/bin/entry.sh: exec format error",
            "platform-mismatch",
        ),
        ("exec /entry.sh: no such file or directory", "entry-point"),
        (
            "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
            "out-of-memory",
        ),
        (
            "Exception in thread \"main\" java.lang.OutOfMemoryError: Java heap space",
            "out-of-memory",
        ),
        (
            "Error: listen EADDRINUSE: address already in use :::8080",
            "port-in-use",
        ),
        (
            "AccessDenied: User: arn:aws:sts::1:assumed-role/web/0 is not authorized to perform: s3:GetObject",
            "task-role-denied",
        ),
        ("something of the application's own", "exited"),
    ] {
        let found = cause(
            &["Essential container in task exited", "exit code 1."],
            &[line],
        );
        assert_eq!(found.as_deref(), Some(expected), "{line}");
    }
}

#[test]
fn most_tasks_are_believed_and_of_equals_the_more_special() {
    let texts = |text: &str| vec![text.to_owned()];
    let found = |said: Vec<(usize, Vec<String>)>| {
        let evidence = Evidence {
            said,
            written: Vec::new(),
        };
        why("web", &evidence).map(|why| why.cause)
    };
    let (spot, memory) = ("SpotInterruption", "OutOfMemoryError: Container killed");
    let found_of = |a, b| found(vec![(a, texts(spot)), (b, texts(memory))]);
    assert_eq!(found_of(3, 1).as_deref(), Some("spot-interruption"));
    assert_eq!(found_of(1, 3).as_deref(), Some("out-of-memory"));
    let both = vec![(9, texts("exit code 1.")), (1, texts(memory))];
    assert_eq!(
        found(both).as_deref(),
        Some("out-of-memory"),
        "an exit code tells least"
    );
}

#[test]
fn a_task_says_its_codes_reasons_and_the_exit_code_that_counts() {
    let end = |name: &str, exit_code, reason: Option<&str>| ContainerEnd {
        name: name.into(),
        exit_code,
        reason: reason.map(str::to_owned),
    };
    let ends = [end("log", Some(143), None), end("app", Some(3), None)];
    let said = of_task(
        Some("EssentialContainerExited"),
        Some("Essential container in task exited"),
        &ends,
    );
    assert_eq!(
        said,
        [
            "EssentialContainerExited",
            "Essential container in task exited",
            "exit code 3."
        ]
    );
    let ends = [end("app", None, Some("CannotPullContainerError: x"))];
    assert_eq!(of_task(None, None, &ends), ["CannotPullContainerError: x"]);
}

/// A row that no text of this file needs is not known to be right.
#[test]
fn each_cause_is_tried_and_every_row_says_something() {
    let tried: BTreeSet<&str> = REASONS.iter().map(|(cause, _)| *cause).collect();
    let elsewhere = ["port-in-use", "task-role-denied", "container-dependency"];
    for row in ROWS {
        assert!(
            tried.contains(row.cause) || elsewhere.contains(&row.cause),
            "{row:?}"
        );
        assert!(
            !row.words.is_empty() && row.page.ends_with(".html"),
            "{row:?}"
        );
        assert!(
            !row.message.ends_with('.') && !row.check.ends_with('.'),
            "{row:?}"
        );
        let is_name = |c: char| c.is_ascii_lowercase() || c == '-';
        assert!(row.cause.chars().all(is_name), "{row:?}");
    }
}
