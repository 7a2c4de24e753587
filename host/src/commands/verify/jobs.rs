//! Checks at the same time, each with a limit and its time.

use std::pin::Pin;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream;

use crate::task_definition::address::Address;
use crate::verify::{Check, Checked, Finding};

/// What a check comes to.
pub type Findings = Pin<Box<dyn Future<Output = Vec<Finding>> + Send>>;

/// A check to be made.
pub struct Job {
    pub check: Check,
    pub subject: String,
    pub at: Vec<Address>,
    pub work: Findings,
}

/// Checks at the same time: enough that none waits as a rule, few enough for AWS's rates.
const AT_ONCE: usize = 24;

/// Makes all checks, each prepared when its turn comes: of many services, together they would take
/// much memory. What was found comes in their order. One that takes longer than `limit` is given up.
pub async fn all(jobs: impl Iterator<Item = Job>, limit: Duration) -> Vec<Checked> {
    let running = jobs
        .enumerate()
        .map(|(number, job)| async move { (number, one(job, limit).await) });
    let running = stream::iter(running).buffer_unordered(AT_ONCE);
    let mut done: Vec<(usize, Checked)> = running.collect().await;
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, checked)| checked).collect()
}

async fn one(job: Job, limit: Duration) -> Checked {
    let Job {
        check,
        subject,
        at,
        work,
    } = job;
    let began = Instant::now();
    let findings = match tokio::time::timeout(limit, work).await {
        Ok(findings) => findings,
        Err(_) => vec![late(&subject, &at, limit)],
    };
    Checked {
        check,
        subject,
        findings,
        seconds: began.elapsed().as_secs_f64(),
    }
}

fn late(subject: &str, at: &[Address], limit: Duration) -> Finding {
    let message = format!(
        "`{subject}` is not checked: there was no answer in {} s",
        limit.as_secs_f64()
    );
    Finding::warning(at, message, "`--check-timeout` gives more time")
}
