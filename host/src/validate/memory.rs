//! Cpu and memory: of the task, of its containers, and between the two.

use super::findings::Findings;
use super::spot::{Document, Spot};
use crate::task_definition::amount::{cpu_units, memory_mib};

/// The least memory that Docker gives a container, in MiB.
const LEAST_MEMORY: i64 = 6;

pub(super) fn check(document: &Document<'_>, findings: &mut Findings) {
    let cpu = task(document, "cpu", cpu_units, "`1024` or `1 vCPU`", findings);
    let memory = task(document, "memory", memory_mib, "`2048` or `2 GB`", findings);
    for container in &document.containers {
        within(container, findings);
        if let Some(memory) = memory {
            above(container, memory, findings);
        } else if !document.fargate && document.root.get("memory").is_none() {
            some(container, findings);
        }
    }
    together(document, cpu, memory, findings);
}

fn task(
    document: &Document<'_>,
    member: &str,
    read: fn(&str) -> Option<u64>,
    examples: &str,
    findings: &mut Findings,
) -> Option<i64> {
    let text = document.root.text(member)?;
    let amount = read(text)
        .and_then(|amount| i64::try_from(amount).ok())
        .filter(|amount| *amount > 0);
    if amount.is_none() {
        let message = format!("`{text}` is not an amount of {member}");
        findings
            .error("bad-amount", &document.root.place(member), message)
            .hint(format!("write {examples}"));
    }
    amount
}

fn within(container: &Spot<'_>, findings: &mut Findings) {
    let (memory, reservation) = (
        container.number("memory"),
        container.number("memoryReservation"),
    );
    if let (Some(memory), Some(reservation)) = (memory, reservation)
        && reservation > memory
    {
        let message = format!("reserves {reservation} MiB, more than its limit of {memory} MiB");
        findings.error(
            "memory-reservation",
            &container.place("memoryReservation"),
            message,
        );
    }
    for (member, amount) in [("memory", memory), ("memoryReservation", reservation)] {
        if amount.is_some_and(|amount| amount < LEAST_MEMORY) {
            let message =
                format!("`{member}` is below the {LEAST_MEMORY} MiB that a container needs");
            findings.warning("little-memory", &container.place(member), message);
        }
    }
}

fn above(container: &Spot<'_>, task: i64, findings: &mut Findings) {
    for member in ["memory", "memoryReservation"] {
        if let Some(amount) = container.number(member).filter(|amount| *amount > task) {
            let message = format!("{amount} MiB are more than the task's {task} MiB");
            findings.error("memory-above-task", &container.place(member), message);
        }
    }
}

fn some(container: &Spot<'_>, findings: &mut Findings) {
    if container.get("memory").is_none() && container.get("memoryReservation").is_none() {
        let message =
            "neither the task nor this container says how much memory it needs".to_owned();
        findings
            .error("no-memory", &container.place("memory"), message)
            .hint("set `memory` or `memoryReservation` of the container, or `memory` of the task");
    }
}

/// What the containers reserve all together: a reservation counts where there is one, else the
/// limit.
fn together(
    document: &Document<'_>,
    cpu: Option<i64>,
    memory: Option<i64>,
    findings: &mut Findings,
) {
    let at = &document.root.place("containerDefinitions");
    let reserved: i64 = document
        .containers
        .iter()
        .filter_map(|c| c.number("memoryReservation").or(c.number("memory")))
        .fold(0, i64::saturating_add);
    let alone = |member: &str, task: i64| {
        document
            .containers
            .iter()
            .any(|c| c.number(member).is_some_and(|amount| amount > task))
    };
    if let Some(task) = memory.filter(|task| reserved > *task)
        && !alone("memory", task)
        && !alone("memoryReservation", task)
    {
        let message = format!("the containers reserve {reserved} MiB, the task has {task} MiB");
        findings.error("memory-above-task", at, message);
    }
    let units: i64 = document
        .containers
        .iter()
        .filter_map(|c| c.number("cpu"))
        .fold(0, i64::saturating_add);
    if let Some(task) = cpu.filter(|task| units > *task) {
        let message = format!("the containers take {units} CPU units, the task has {task}");
        findings.error("cpu-above-task", at, message);
    }
}
