//! Checks at the same time, each with a limit and its time.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

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

/// Makes all checks; what was found comes in their order. One that takes longer than `limit` is
/// given up.
pub async fn all(jobs: Vec<Job>, limit: Duration) -> Vec<Checked> {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    for (number, job) in jobs.into_iter().enumerate() {
        let places = Arc::clone(&places);
        running.spawn(async move {
            let _place = places.acquire().await;
            (number, one(job, limit).await)
        });
    }
    let mut done = running.join_all().await;
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
