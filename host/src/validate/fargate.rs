//! What Fargate does not take. See
//! [task definition differences for Fargate](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html).

mod size;

use super::findings::Findings;
use super::shape::quoted;
use super::spot::{Document, Spot};

const LOG_DRIVERS: &[&str] = &["awslogs", "splunk", "awsfirelens"];
/// Seconds.
const MAX_TIMEOUT: i64 = 120;
/// GiB.
const STORAGE: (i64, i64) = (21, 200);

pub(super) fn check(document: &Document<'_>, findings: &mut Findings) {
    if !document.fargate {
        return;
    }
    network(document, findings);
    size::check(document, findings);
    task(document, findings);
    for container in &document.containers {
        log_driver(container, findings);
        members(container, findings);
        linux(container, findings);
        timeouts(container, findings);
    }
    volumes(document, findings);
}

fn network(document: &Document<'_>, findings: &mut Findings) {
    match document.root.text("networkMode") {
        Some("awsvpc") => {}
        Some(mode) => {
            let message = format!("Fargate has network mode `awsvpc` only, this is `{mode}`");
            findings.error(
                "fargate-network-mode",
                &document.root.place("networkMode"),
                message,
            );
        }
        None => {
            let message = "Fargate needs `networkMode` to be `awsvpc`".to_owned();
            findings.error(
                "fargate-network-mode",
                &document.root.place("networkMode"),
                message,
            );
        }
    }
}

fn refuse(spot: &Spot<'_>, member: &str, findings: &mut Findings) {
    let told = spot.get(member).is_some_and(|found| {
        let value = found.value;
        let empty = value.as_array().is_some_and(Vec::is_empty) || value.as_bool() == Some(false);
        !empty
    });
    if told {
        let message = format!("`{member}` does not work on Fargate");
        findings.error("fargate", &spot.place(member), message);
    }
}

fn task(document: &Document<'_>, findings: &mut Findings) {
    for member in ["placementConstraints", "ipcMode", "inferenceAccelerators"] {
        refuse(&document.root, member, findings);
    }
    if document.root.text("pidMode") == Some("host") {
        findings.error(
            "fargate",
            &document.root.place("pidMode"),
            "Fargate has pid mode `task` only".to_owned(),
        );
    }
    if let Some(storage) = document.root.get("ephemeralStorage") {
        let (least, most) = STORAGE;
        if let Some(size) = storage
            .number("sizeInGiB")
            .filter(|size| !(least..=most).contains(size))
        {
            let message = format!("`{size}` GiB is out of range, Fargate takes {least} to {most}");
            findings.error("fargate", &storage.place("sizeInGiB"), message);
        }
    }
}

fn log_driver(container: &Spot<'_>, findings: &mut Findings) {
    let Some(log) = container.get("logConfiguration") else {
        return;
    };
    if let Some(driver) = log
        .text("logDriver")
        .filter(|driver| !LOG_DRIVERS.contains(driver))
    {
        let message = format!("`{driver}` does not work on Fargate");
        let hint = format!("use one of {}", quoted(LOG_DRIVERS));
        findings
            .error("fargate-log-driver", &log.place("logDriver"), message)
            .hint(hint);
    }
}

fn members(container: &Spot<'_>, findings: &mut Findings) {
    for member in [
        "privileged",
        "links",
        "disableNetworking",
        "dnsServers",
        "dnsSearchDomains",
        "dockerSecurityOptions",
    ] {
        refuse(container, member, findings);
    }
    for need in container.items("resourceRequirements") {
        let message = "GPUs and accelerators do not work on Fargate".to_owned();
        findings.error("fargate", &need.at, message);
    }
    for limit in container.items("ulimits") {
        if let Some(name) = limit.text("name").filter(|name| *name != "nofile") {
            let message = format!("Fargate takes the ulimit `nofile` only, this is `{name}`");
            findings.error("fargate", &limit.at, message);
        }
    }
}

fn linux(container: &Spot<'_>, findings: &mut Findings) {
    let Some(linux) = container.get("linuxParameters") else {
        return;
    };
    for member in [
        "devices",
        "sharedMemorySize",
        "tmpfs",
        "maxSwap",
        "swappiness",
    ] {
        refuse(&linux, member, findings);
    }
    let Some(capabilities) = linux.get("capabilities") else {
        return;
    };
    for added in capabilities
        .texts("add")
        .into_iter()
        .filter(|added| *added != "SYS_PTRACE")
    {
        let message = format!("Fargate lets `SYS_PTRACE` be added only, this is `{added}`");
        findings.error("fargate", &capabilities.place("add"), message);
    }
}

fn timeouts(container: &Spot<'_>, findings: &mut Findings) {
    for member in ["startTimeout", "stopTimeout"] {
        if let Some(seconds) = container
            .number(member)
            .filter(|seconds| *seconds > MAX_TIMEOUT)
        {
            let message = format!("{seconds} seconds are more than the {MAX_TIMEOUT} of Fargate");
            findings.error("fargate", &container.place(member), message);
        }
    }
}

fn volumes(document: &Document<'_>, findings: &mut Findings) {
    for volume in document.root.items("volumes") {
        if let Some(host) = volume
            .get("host")
            .filter(|host| host.get("sourcePath").is_some())
        {
            let message = "Fargate has no host to mount from".to_owned();
            findings.error("fargate", &host.place("sourcePath"), message);
        }
        for member in [
            "dockerVolumeConfiguration",
            "fsxWindowsFileServerVolumeConfiguration",
        ] {
            refuse(&volume, member, findings);
        }
    }
}
