//! Health checks, and the times around a container's start and stop.

use super::findings::Findings;
use super::spot::{Document, Spot};

/// Members of
/// [HealthCheck](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html)
/// with their least and greatest value, in seconds but for the retries.
const RANGES: &[(&str, i64, i64)] = &[
    ("interval", 5, 300),
    ("timeout", 2, 60),
    ("retries", 1, 10),
    ("startPeriod", 0, 300),
];

pub(super) fn check(document: &Document<'_>, findings: &mut Findings) {
    for container in &document.containers {
        if let Some(check) = container.get("healthCheck") {
            command(&check, findings);
            ranges(&check, findings);
        }
    }
}

fn command(check: &Spot<'_>, findings: &mut Findings) {
    let at = check.place("command");
    let hint = "`[\"CMD-SHELL\", \"one line for the shell\"]` or `[\"CMD\", \"program\", \"argument\", …]`";
    match check.texts("command").as_slice() {
        [] if check.get("command").is_some() => {
            findings
                .error("bad-health-check", &at, "the command is empty".to_owned())
                .hint(hint);
        }
        ["CMD" | "CMD-SHELL"] => {
            let message = "the command names no program".to_owned();
            findings.error("bad-health-check", &at, message).hint(hint);
        }
        // Docker takes the one word NONE as "no check", and ECS lets a bare command pass.
        [] | ["CMD" | "CMD-SHELL", ..] | ["NONE"] => {}
        [first, ..] => {
            let message =
                format!("the command begins with `{first}`, not with `CMD` or `CMD-SHELL`");
            findings
                .warning("bad-health-check", &at, message)
                .hint(hint);
        }
    }
}

fn ranges(check: &Spot<'_>, findings: &mut Findings) {
    for (member, least, most) in RANGES {
        let Some(number) = check.number(member) else {
            continue;
        };
        if !(*least..=*most).contains(&number) {
            let message = format!("`{member}` is {number}, ECS takes {least} to {most}");
            findings.error("out-of-range", &check.place(member), message);
        }
    }
}
