//! One-off tasks, and deployments that wait, in words.

use super::{Paint, Said, containers, escape, loud, talk};
use crate::event::{Event, LogTail, Paused, TaskEnded, Why, seconds, short};

/// The words for an event of a one-off task.
pub(super) fn event(event: &Event, paint: Paint) -> Option<Said> {
    Some(match event {
        Event::TaskStarted(started) => talk(format!(
            "{}: `{}` started on {}, task {}",
            escape::line(&started.service),
            escape::line(&started.name),
            short(&started.task_definition),
            id(&started.task),
        )),
        Event::TaskStatus(status) => talk(paint.dim(&format!(
            "{}: `{}` is {}",
            escape::line(&status.service),
            escape::line(&status.name),
            escape::line(&status.status),
        ))),
        Event::TaskLog(log) => talk(format!(
            "{}: `{}` {} {}",
            escape::line(&log.service),
            escape::line(&log.name),
            paint.dim("|"),
            escape::line(&log.message),
        )),
        Event::TaskEnded(ended) if ended.exit_code == Some(0) => talk(format!(
            "{}: `{}` is done, {}",
            escape::line(&ended.service),
            escape::line(&ended.name),
            seconds(ended.elapsed)
        )),
        Event::TaskEnded(ended) => loud(failed(ended, paint)),
        _ => return None,
    })
}

/// The end of a log, each line marked as not ours.
pub(super) fn tail(tail: &LogTail, paint: Paint) -> String {
    let heading = format!(
        "{}: last lines of `{}`, from {} {}",
        escape::line(&tail.service),
        escape::line(&tail.container),
        escape::line(&tail.group),
        escape::line(&tail.stream),
    );
    let lines = tail.lines.iter();
    let lines = lines.map(|line| format!("\n  {} {}", paint.dim("|"), escape::line(line)));
    heading + &lines.collect::<String>()
}

/// A likely cause, and what to do about it.
pub(super) fn why(why: &Why, paint: Paint) -> String {
    let likely = match why.rank {
        1 => "likely cause:",
        _ => "another likely cause:",
    };
    format!(
        "{}: {} {}\n  check {}\n  {}",
        escape::line(&why.service),
        paint.yellow(likely),
        escape::line(&why.message),
        escape::line(&why.check),
        paint.dim(&escape::line(&why.page)),
    )
}

/// A deployment that waits.
pub(super) fn paused(paused: &Paused, paint: Paint) -> String {
    let stage = paused.stage.as_deref().unwrap_or("an unknown stage");
    let action = paused
        .timeout_action
        .as_deref()
        .unwrap_or("a decision of its own");
    format!(
        "{}: {} waits in {} for someone to decide, until AWS takes {}\n  `{}` lets it go on\n  `{}` rolls it back",
        paint.yellow("paused"),
        escape::line(&paused.service),
        escape::line(stage),
        escape::line(action),
        escape::line(&paused.proceed),
        escape::line(&paused.abort),
    )
}

fn failed(ended: &TaskEnded, paint: Paint) -> String {
    let mut text = paint.red(&format!(
        "{}: `{}` failed after {}",
        escape::line(&ended.service),
        escape::line(&ended.name),
        seconds(ended.elapsed)
    ));
    for part in [&ended.stop_code, &ended.reason].into_iter().flatten() {
        text += &format!(": {}", escape::line(part));
    }
    text + &containers(&ended.containers, ended.reason.as_ref())
}

/// The id at the end of a task's ARN.
fn id(arn: &str) -> String {
    escape::line(arn.rsplit('/').next().unwrap_or(arn)).into_owned()
}
