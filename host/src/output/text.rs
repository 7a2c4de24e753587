//! Events as text for people.

mod calls;
mod changes;
mod fleet;
mod tasks;

use super::escape;
use crate::event::{
    ContainerEnd, Diagnostic, Event, Outcome, Problem, Progress, Registered, Severity, TasksFailed,
    Verdict, seconds, short,
};
use crate::overlay::meaning::Powers;
use crate::plan::{Action, Plan, Revision};
pub(super) use calls::planned_calls;
pub(super) use changes::{difference, no_difference, untold};

/// An event in words, and where they go.
pub(super) struct Said {
    /// The words, of one or several lines.
    pub(super) text: String,
    /// Belongs on stdout.
    pub(super) is_data: bool,
    /// Printed with `--quiet`, too.
    pub(super) even_quiet: bool,
}

/// The words for an event; `None` where nothing is to be said.
pub(super) fn event(event: &Event, colored: bool) -> Option<Said> {
    let paint = Paint(colored);
    Some(match event {
        Event::Note { message } => talk(format!(
            "{} {}",
            paint.dim("note:"),
            escape::marked(message)
        )),
        Event::Warning { message } => loud(format!(
            "{} {}",
            paint.yellow("warning:"),
            escape::marked(message)
        )),
        Event::Diagnostic(diagnostic) => diagnosed(diagnostic, paint),
        Event::Error(problem) => loud(failed(problem, paint)),
        Event::Difference(difference) => talk(changes::told(difference)),
        Event::Planned(plan) => talk(planned(plan)),
        Event::Registered(registered) => talk(registration(registered)),
        Event::Accepted(accepted) => talk(format!(
            "{}: {} → {}",
            escape::line(&accepted.service),
            short(&accepted.before),
            short(&accepted.task_definition),
        )),
        Event::Progress(progress) => talk(self::progress(progress)),
        Event::ServiceEvent(said) => talk(paint.dim(&format!(
            "{}: {}{}",
            escape::line(&said.service),
            escape::line(&said.message),
            if said.times > 1 {
                format!(" ({} times)", said.times)
            } else {
                String::new()
            }
        ))),
        Event::TasksFailed(tasks) => loud(stopped(tasks, paint)),
        Event::LogTail(tail) => loud(tasks::tail(tail, paint)),
        Event::Why(why) => loud(tasks::why(why, paint)),
        Event::Paused(paused) => loud(tasks::paused(paused, paint)),
        Event::Verdict(verdict) => judged(verdict, paint),
        Event::Fleet(fleet) => talk(self::fleet(fleet)),
        Event::Summary(summary) => loud(fleet::summary(summary)),
        Event::TaskStarted(_) | Event::TaskStatus(_) | Event::TaskLog(_) | Event::TaskEnded(_) => {
            return tasks::event(event, paint);
        }
    })
}

pub(super) use fleet::fleet;

/// A plan, in a sentence.
pub(super) fn planned(plan: &Plan) -> String {
    let service = escape::line(&plan.service);
    let revision = match &plan.revision {
        Revision::Register => format!("register a new revision of {}", plan.family),
        Revision::Reuse { arn, why } => format!("use {} again ({why})", short(arn)),
    };
    let now = short(&plan.expected.task_definition);
    let action = match plan.action {
        Action::Nothing => format!("nothing to do, {service} runs it already"),
        Action::Follow => format!("follow its deployment, which is in progress on {service}"),
        Action::Update { force: false } => format!("update {service}, which is on {now}"),
        Action::Update { force: true } => {
            format!("start a new deployment of {service}, which is on {now}")
        }
    };
    let over = plan.supersedes.as_ref().map_or_else(String::new, |td| {
        format!(
            "; this takes over from the deployment of {} in progress",
            short(td)
        )
    });
    let tasks = |when: &str, names: &[String]| match names {
        [] => String::new(),
        names => format!("; {when} that {}", escape::line(&names.join(", "))),
    };
    let tasks = tasks("before", &plan.before) + &tasks("after", &plan.after);
    let plugins: String = plan.plugins.iter().map(powers).collect();
    format!("plan for {service}: {revision}; {action}{over}{tasks}{plugins}")
}

/// What a plugin may do, a line each.
fn powers(powers: &Powers) -> String {
    let entry = escape::line(&powers.entry);
    if powers.may.is_empty() {
        return format!("\n  {entry} may edit nothing and look up nothing");
    }
    let lines = powers.may.iter().map(|meaning| {
        let (line, says) = (escape::line(&meaning.line), escape::line(&meaning.says));
        format!("\n  {entry}, by {line}: {says}")
    });
    lines.collect()
}

/// The picture of a deployment and its age, on one line.
pub(super) fn progress(p: &Progress) -> String {
    format!("{}, {}", picture(p), seconds(p.elapsed))
}

/// The picture of a deployment.
pub(super) fn picture(p: &Progress) -> String {
    let mut line = format!(
        "{} {}: {} of {} running",
        escape::line(&p.service),
        short(&p.task_definition),
        p.running,
        p.desired
    );
    if p.pending > 0 {
        line += &format!(", {} pending", p.pending);
    }
    if p.failed > 0 {
        line += &format!(", {} failed", p.failed);
    }
    if let Some(stage) = &p.stage {
        line += &format!(", {}", escape::line(stage));
    }
    line
}

fn diagnosed(d: &Diagnostic, paint: Paint) -> Said {
    let heading = match d.severity {
        Severity::Info => paint.dim("info:"),
        Severity::Warning => paint.yellow("warning:"),
        Severity::Error => paint.red("error:"),
    };
    let by = if d.source == "acetate" {
        String::new()
    } else {
        format!(", {}", escape::line(&d.source))
    };
    let mut text = format!(
        "{heading} {} [{}{by}]",
        escape::marked(&d.message),
        escape::line(&d.code)
    );
    if let Some(address) = &d.address {
        text += &format!("\n  at {}", escape::line(address));
    }
    if let Some(hint) = &d.hint {
        text += &format!("\n  {} {}", paint.dim("hint:"), escape::marked(hint));
    }
    Said {
        text,
        is_data: false,
        even_quiet: d.severity != Severity::Info,
    }
}

fn failed(problem: &Problem, paint: Paint) -> String {
    let mut text = format!(
        "{} {}",
        paint.red("error:"),
        escape::indented(&problem.message)
    );
    for cause in &problem.caused_by {
        text += &format!("\n  caused by: {}", escape::indented(cause));
    }
    for hint in &problem.hints {
        text += &format!("\n{} {}", paint.dim("hint:"), escape::marked(hint));
    }
    text
}

fn registration(registered: &Registered) -> String {
    match &registered.reused {
        Some(why) => format!(
            "using {} again: {}",
            short(&registered.arn),
            escape::line(why)
        ),
        None => format!("registered {}", short(&registered.arn)),
    }
}

fn stopped(tasks: &TasksFailed, paint: Paint) -> String {
    let many = if tasks.count == 1 {
        "1 task"
    } else {
        &format!("{} tasks", tasks.count)
    };
    let mut text = paint.red(&format!("{}: {many} stopped", escape::line(&tasks.service)));
    for part in [&tasks.stop_code, &tasks.reason].into_iter().flatten() {
        text += &format!(": {}", escape::line(part));
    }
    text + &containers(&tasks.containers, tasks.reason.as_ref())
}

/// How containers ended, a line each.
fn containers(ends: &[ContainerEnd], of_task: Option<&String>) -> String {
    let mut text = String::new();
    for container in ends {
        let code = container.exit_code.map_or_else(
            || "has no exit code".to_owned(),
            |c| format!("exited with {c}"),
        );
        text += &format!("\n  container `{}` {code}", escape::line(&container.name));
        // A task that did not start has the reason of its container.
        if let Some(reason) = container.reason.as_ref().filter(|r| Some(*r) != of_task) {
            text += &format!(": {}", escape::line(reason));
        }
    }
    text
}

fn judged(v: &Verdict, paint: Paint) -> Said {
    let service = escape::line(&v.service);
    let wanted = short(&v.task_definition);
    if let Outcome::Succeeded | Outcome::Reached = v.outcome {
        let good = v.outcome == Outcome::Succeeded;
        return Said {
            text: paint.green(&if good { succeeded(v) } else { reached(v) }),
            is_data: true,
            even_quiet: true,
        };
    }
    let on = v.now.as_deref().map_or_else(String::new, |now| {
        format!("; the service is on {}", short(now))
    });
    let how = match v.outcome {
        Outcome::RolledBack => "was rolled back",
        Outcome::Failed => "failed",
        Outcome::LostSight => "is not done",
        Outcome::Superseded | Outcome::Succeeded | Outcome::Reached => "was overtaken",
    };
    Said {
        text: paint.red(&format!(
            "{service}: {wanted} {how} after {}{on}",
            seconds(v.elapsed)
        )),
        is_data: false,
        even_quiet: true,
    }
}

fn succeeded(v: &Verdict) -> String {
    let (service, wanted) = (escape::line(&v.service), short(&v.task_definition));
    let is_running = match (v.nothing_to_do, v.proven) {
        (_, false) => format!("{service} is on {wanted}, with no task to prove it (0 wanted)"),
        (true, true) => format!(
            "{service} already runs {wanted} ({} of {} tasks)",
            v.running, v.desired
        ),
        (false, true) => format!(
            "{service} is running {wanted} ({} of {} tasks)",
            v.running, v.desired
        ),
    };
    if v.nothing_to_do {
        return format!("{is_running}, nothing to do");
    }
    format!("{is_running}, {}", seconds(v.elapsed))
}

fn reached(v: &Verdict) -> String {
    let what = v.message.as_deref().unwrap_or_default();
    format!("{} ({})", escape::marked(what), seconds(v.elapsed))
}

fn talk(text: String) -> Said {
    Said {
        text,
        is_data: false,
        even_quiet: false,
    }
}

fn loud(text: String) -> Said {
    Said {
        text,
        is_data: false,
        even_quiet: true,
    }
}

/// Colours, or none.
#[derive(Clone, Copy)]
struct Paint(bool);

impl Paint {
    fn with(self, code: &str, text: &str) -> String {
        if self.0 {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    fn red(self, text: &str) -> String {
        self.with("31", text)
    }

    fn green(self, text: &str) -> String {
        self.with("32", text)
    }

    fn yellow(self, text: &str) -> String {
        self.with("33", text)
    }

    fn dim(self, text: &str) -> String {
        self.with("2", text)
    }
}
