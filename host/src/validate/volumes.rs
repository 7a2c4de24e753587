//! Volumes and what is mounted from them.

use std::collections::BTreeSet;

use super::findings::Findings;
use super::limits::name;
use super::shape::quoted;
use super::spot::{Document, Spot};

/// What a volume can be made of; at most one of them.
const KINDS: &[&str] = &[
    "dockerVolumeConfiguration",
    "efsVolumeConfiguration",
    "fsxWindowsFileServerVolumeConfiguration",
    "s3filesVolumeConfiguration",
];

pub(super) fn check(document: &Document<'_>, findings: &mut Findings) {
    let names = volumes(document, findings);
    for container in &document.containers {
        mounts(container, &names, findings);
    }
}

fn volumes<'a>(document: &Document<'a>, findings: &mut Findings) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::new();
    for volume in document.root.items("volumes") {
        match volume.text("name") {
            None => {
                let message = "a volume needs a name".to_owned();
                findings.error("missing-member", &volume.place("name"), message);
            }
            Some(text) => {
                name(
                    "volume-name",
                    "a volume's name",
                    text,
                    &volume.place("name"),
                    findings,
                );
                if !names.insert(text) {
                    let message = format!("another volume is also called `{text}`");
                    findings.error("duplicate-name", &volume.at, message);
                }
            }
        }
        kind(&volume, findings);
    }
    names
}

fn kind(volume: &Spot<'_>, findings: &mut Findings) {
    let mut kinds: Vec<&str> = KINDS
        .iter()
        .copied()
        .filter(|kind| volume.get(kind).is_some())
        .collect();
    if volume
        .get("host")
        .is_some_and(|host| host.text("sourcePath").is_some())
    {
        kinds.insert(0, "host");
    }
    if kinds.len() > 1 {
        let message = format!("a volume is of one kind, this one has {}", quoted(&kinds));
        findings.error("volume-kind", &volume.at, message);
    }
}

fn mounts(container: &Spot<'_>, names: &BTreeSet<&str>, findings: &mut Findings) {
    let mut paths = BTreeSet::new();
    for mount in container.items("mountPoints") {
        match mount.text("sourceVolume") {
            None => {
                let message = "a mount point needs a volume".to_owned();
                findings.error("missing-member", &mount.place("sourceVolume"), message);
            }
            Some(volume) if !names.contains(volume) => {
                let message = format!("there is no volume `{volume}`");
                findings.error("unknown-volume", &mount.place("sourceVolume"), message);
            }
            Some(_) => {}
        }
        match mount.text("containerPath") {
            None | Some("") => {
                let message = "a mount point needs a path in the container".to_owned();
                findings.error("missing-member", &mount.place("containerPath"), message);
            }
            Some(path) if !paths.insert(path) => {
                let message = format!("`{path}` is mounted twice");
                findings.error("duplicate-name", &mount.at, message);
            }
            Some(_) => {}
        }
    }
}
