//! The pairs of cpu and memory that Fargate has. See
//! [task size](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#task_size).

use super::super::findings::Findings;
use super::super::spot::Document;
use crate::task_definition::amount::{cpu_units, memory_mib};

/// CPU units, then least, greatest and step of the memory in MiB.
const SIZES: &[(u64, u64, u64, u64)] = &[
    (256, 512, 2048, 512),
    (512, 1024, 4096, 1024),
    (1024, 2048, 8192, 1024),
    (2048, 4096, 16_384, 1024),
    (4096, 8192, 30_720, 1024),
    (8192, 16_384, 61_440, 4096),
    (16_384, 32_768, 122_880, 8192),
];
/// Sizes that are no range: 32 vCPU with 60, 120 or 244 GB; and 1.5 GB is none of `.25 vCPU`.
const LARGEST: (u64, &[u64]) = (32_768, &[61_440, 122_880, 249_856]);
const NOT_A_SIZE: (u64, u64) = (256, 1536);

pub(super) fn check(document: &Document<'_>, findings: &mut Findings) {
    for member in ["cpu", "memory"] {
        if document.root.get(member).is_none() {
            let message = format!("Fargate needs the task's `{member}`");
            findings.error("fargate-size", &document.root.place(member), message);
        }
    }
    let cpu = document.root.text("cpu").and_then(cpu_units);
    let memory = document.root.text("memory").and_then(memory_mib);
    let (Some(cpu), Some(memory)) = (cpu, memory) else {
        return;
    };
    if !is_a_size(cpu, memory) {
        let message = format!("Fargate has no size of {cpu} CPU units with {memory} MiB");
        let hint = memories(cpu).unwrap_or_else(|| {
            let units: Vec<String> = SIZES
                .iter()
                .map(|s| s.0)
                .chain([LARGEST.0])
                .map(|u| u.to_string())
                .collect();
            format!("cpu is one of {}", units.join(", "))
        });
        findings
            .error("fargate-size", &document.root.place("memory"), message)
            .hint(hint);
    }
}

fn is_a_size(cpu: u64, memory: u64) -> bool {
    let in_range = |(units, least, most, step): &(u64, u64, u64, u64)| {
        *units == cpu && (*least..=*most).contains(&memory) && memory.is_multiple_of(*step)
    };
    (cpu, memory) != NOT_A_SIZE
        && (SIZES.iter().any(in_range) || cpu == LARGEST.0 && LARGEST.1.contains(&memory))
}

/// What goes with this much cpu, in words.
fn memories(cpu: u64) -> Option<String> {
    if cpu == LARGEST.0 {
        return Some("with 32 vCPU the memory is 61440, 122880 or 249856 MiB".to_owned());
    }
    if cpu == NOT_A_SIZE.0 {
        return Some("with 256 CPU units the memory is 512, 1024 or 2048 MiB".to_owned());
    }
    let (_, least, most, step) = SIZES.iter().find(|(units, ..)| *units == cpu)?;
    Some(format!(
        "with {cpu} CPU units the memory is {least} to {most} MiB in steps of {step}"
    ))
}
