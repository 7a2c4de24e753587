//! `deploy`: register what is new, update the service, follow the deployment to a true verdict.

mod ahead;
mod kept;
mod mark;
mod open;
mod planned;
mod planning;
mod react;
mod refresh;
mod report;
mod request;
mod several;
mod shown;
pub(super) mod tasks;

use std::cell::OnceCell;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::coredump::CoredumpArgs;
use super::difference::difference;
use super::execute::execute;
use super::fleet::{self, Member};
use super::follow::{self, Track, follow, judged};
use super::interrupt::{Underway, interruptible};
use super::looking::{again, counts, key};
use super::one_off::Log;
use super::prepare::{Prepared, Project};
use super::publish::publish;
use super::verify::{self, CheckArgs};
use crate::cli::Global;
use crate::error::{Error, ErrorKind};
use crate::event::{Event, Outcome, Severity, Verdict, short};
use crate::output::Output;
use crate::plan::fleet::{Shard, Wave};
use crate::plan::kept::KeptPlan;
use crate::plan::{self, Action, Plan};
use crate::validate::validate;
use crate::wait::Goal;
use crate::wait::stage::Until;
pub(super) use request::content;
use request::goal;
use tasks::Tasks;

/// Registers what is new, updates the service and follows the deployment to its end
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "Exit codes: `acetate help exit-codes`.")]
pub struct DeployArgs {
    /// Services of the configuration; all of them where none is named
    pub(super) services: Vec<String>,
    /// Do what this kept plan says, or refuse if anything moved since
    #[arg(long, value_name = "FILE", conflicts_with_all = ["services", "force", "refresh", "replace", "queue", "skip_tasks", "dry_run"])]
    pub(super) plan: Option<PathBuf>,
    /// Where to keep the plan.
    #[arg(skip)]
    pub(super) out: Option<PathBuf>,
    /// Start a new deployment though nothing differs
    #[arg(long)]
    pub(super) force: bool,
    /// Newest template, everything else as it runs now: inputs are those of the running revision
    #[arg(long)]
    pub(super) refresh: bool,
    /// Print the plan and change nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Wait for the end of another deployment in progress, then deploy
    #[arg(long, conflicts_with_all = ["replace", "dry_run"])]
    pub(super) queue: bool,
    /// Take over from another deployment in progress
    #[arg(long)]
    pub(super) replace: bool,
    /// How long to follow, such as 15m [default: `deploy.timeout`]
    #[arg(long, value_name = "TIME", value_parser = crate::config::duration)]
    pub(super) timeout: Option<std::time::Duration>,
    /// How far to follow: accepted, stage:NAME or done [default: `deploy.wait-until`]
    #[arg(long, value_name = "POINT")]
    pub(super) wait_until: Option<String>,
    /// Do not call it a success where the service wants no task
    #[arg(long)]
    pub(super) require_running: bool,
    /// Run no `before` and `after` tasks
    #[arg(long)]
    pub(super) skip_tasks: bool,
    /// Do not show what `before` and `after` tasks write
    #[arg(long)]
    pub(super) no_logs: bool,
    /// What to begin with: names of services, a number or a percentage of them (can be repeated)
    /// [default: `waves`]
    ///
    /// The rest comes last. After a failure no further wave is begun.
    #[arg(long = "wave", value_name = "WAVE")]
    pub(super) waves: Vec<Wave>,
    /// This job's part of the services, such as 2/8; AWS's rates are divided as well
    #[arg(long, value_name = "JOB/JOBS", conflicts_with = "plan")]
    pub(super) shard: Option<Shard>,
    /// Deploy what can be planned, and begin further waves after a failure
    #[arg(long)]
    pub(super) keep_going: bool,
    #[command(flatten)]
    pub(super) checks: CheckArgs,
    #[command(flatten)]
    pub(super) coredump: CoredumpArgs,
}

impl DeployArgs {
    /// How its tasks are followed.
    fn tasks(&self) -> Tasks {
        Tasks {
            log: if self.no_logs { Log::Off } else { Log::Talk },
            timeout: self.timeout,
        }
    }

    /// Whether it is about as many configurations as are named; a kept plan names its own.
    pub(super) const fn takes_several(&self) -> bool {
        self.plan.is_none()
    }
}

/// One service, ready to be deployed.
struct Ready {
    member: Member,
    prepared: Prepared,
    planned: Plan,
    /// Whether a revision is there already is looked up when its turn comes ([`open`]).
    open: bool,
    /// The plan from then on.
    closed: OnceCell<Plan>,
    until: Until,
    /// What it was rendered from was let go.
    slim: bool,
}

impl Ready {
    /// The options of the run, for its configuration.
    fn global(&self) -> &Global {
        self.member.project.global()
    }

    /// What is done.
    fn plan(&self) -> &Plan {
        self.closed.get().unwrap_or(&self.planned)
    }
}

/// Deploys.
///
/// # Errors
/// Whatever stops it before anything was changed, AWS's refusals, and every verdict but success.
pub async fn run(args: DeployArgs, global: &Global, out: &mut Output) -> Result<(), Error> {
    out.stream();
    let underway = Underway::default();
    if let Some(file) = &args.plan {
        let plan = kept::read(file)?;
        let global = kept::global(&plan, global)?;
        let projects = fleet::projects(&global, &args.coredump, out)?;
        return interruptible(&underway, apply(&args, &plan, &projects, &underway, out)).await;
    }
    let mut global = global.clone();
    global.pace.jobs = args.shard.map_or(1, |shard| shard.of);
    let projects = fleet::projects(&global, &args.coredump, out)?;
    interruptible(&underway, deploy(&args, &projects, &underway, out)).await
}

/// Does what a kept plan says.
async fn apply(
    args: &DeployArgs,
    plan: &KeptPlan,
    projects: &[Arc<Project>],
    underway: &Underway,
    out: &mut Output,
) -> Result<(), Error> {
    let args = DeployArgs {
        force: plan.force,
        replace: plan.replace,
        skip_tasks: plan.skip_tasks,
        shard: plan.shard,
        ..args.clone()
    };
    let ready = planning::plan_kept(&args, plan, projects, underway, out).await?;
    verified(&ready, &args, out).await?;
    confirmed(&ready, out).await?;
    several::deploy(ready, Vec::new(), &args, underway, out).await
}

async fn deploy(
    args: &DeployArgs,
    projects: &[Arc<Project>],
    underway: &Underway,
    out: &mut Output,
) -> Result<(), Error> {
    let (ready, unplanned) = planning::plan_all(args, projects, underway, out).await?;
    verified(&ready, args, out).await?;
    if args.dry_run {
        shown::show(&ready, args, out).await?;
        return planning::told(unplanned, ready.len(), out);
    }
    confirmed(&ready, out).await?;
    several::deploy(ready, unplanned, args, underway, out).await
}

/// Asks whether the things are there that the new tasks need, unless there will be none.
async fn verified(ready: &[Ready], args: &DeployArgs, out: &mut Output) -> Result<(), Error> {
    let starts = |one: &&Ready| matches!(one.plan().action, Action::Update { .. });
    let all = || ready.iter().filter(starts).map(|one| &one.prepared);
    let mut found = verify::before(all(), &args.checks).await;
    if found.has_faults() && ready.iter().any(|one| one.open) {
        // Some of them may have nothing to do, and then it is no matter.
        for one in ready {
            open::close(one, args).await?;
        }
        found = verify::before(all(), &args.checks).await;
    }
    found.told(out)
}

/// Prints what was found; faults end the run.
///
/// # Errors
/// [`ErrorKind::Refused`] by a policy, [`ErrorKind::Faults`] by a rule.
pub(super) fn sound(prepared: &Prepared, out: &mut Output) -> Result<(), Error> {
    let found = validate(&prepared.rendered.definition);
    out.diagnostics(&prepared.diagnostics);
    out.diagnostics(&found);
    let is_error = |d: &&crate::event::Diagnostic| d.severity == Severity::Error;
    let family = &prepared.settings.family;
    if let Some(first) = prepared.diagnostics.iter().find(is_error) {
        let message = format!(
            "`{}` refuses the task definition of `{family}`",
            first.source
        );
        return Err(Error::new(ErrorKind::Refused, message));
    }
    match found.iter().filter(is_error).count() {
        0 => Ok(()),
        1 => Err(Error::new(
            ErrorKind::Faults,
            format!("the task definition of `{family}` has 1 fault"),
        )),
        n => Err(Error::new(
            ErrorKind::Faults,
            format!("the task definition of `{family}` has {n} faults"),
        )),
    }
}

/// Waits for the end of the deployment in progress, whatever it is.
async fn queue(
    args: &DeployArgs,
    project: &Project,
    name: Option<&str>,
    prepared: &Prepared,
    underway: &Underway,
    out: &mut Output,
) -> Result<(), Error> {
    let Some(view) = &prepared.service else {
        return Ok(());
    };
    out.note(&format!(
        "`{}` is being deployed; waiting for the end of that",
        view.name
    ));
    let goal = Goal {
        fail_after: None,
        ..goal(
            Goal::of_service(view, None),
            prepared,
            args,
            again(project.global(), name),
        )
    };
    let track = track(prepared, project.global(), goal);
    for verdict in follow(vec![track], underway, out).await {
        if verdict.outcome == Outcome::LostSight {
            return judged(&verdict).map_err(|e| e.hint("this run changed nothing"));
        }
    }
    Ok(())
}

fn track(prepared: &Prepared, global: &Global, goal: Goal) -> Track {
    Track {
        goal,
        aws: Arc::clone(&prepared.aws),
        key: key(global, &prepared.settings),
    }
}

/// Asks before anything is changed, where the environment wants that and a terminal is there.
async fn confirmed(ready: &[Ready], out: &mut Output) -> Result<(), Error> {
    let wanted = ready.iter().any(|one| one.prepared.settings.confirm);
    if !wanted || !out.can_ask() {
        return Ok(());
    }
    for one in ready {
        let difference = difference(&one.prepared, &one.member.project).await?;
        out.event(&Event::Difference(difference));
        out.event(&Event::Planned(one.plan().clone()));
    }
    if out.confirm("deploy?") {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Refused, "not confirmed"))
}

/// What became of a plan that was executed.
enum Begun {
    /// It is to be followed.
    Follow(Box<Track>),
    /// AWS took it, and nobody waits for its end.
    Accepted,
    /// There was nothing to do: this runs.
    Nothing(String),
}

/// Executes one plan.
async fn start(
    one: &Ready,
    args: &DeployArgs,
    underway: &Underway,
    out: &mut Output,
) -> Result<Begun, Error> {
    let again = again(one.global(), one.member.name.as_deref());
    open::close(one, args).await?;
    out.event(&Event::Planned(one.plan().clone()));
    let until = one.until.clone();
    let goal_of = |g| Goal {
        until: until.clone(),
        ..goal(g, &one.prepared, args, again.clone())
    };
    let begun = execute(
        &one.prepared,
        one.plan(),
        (!args.skip_tasks).then(|| args.tasks()),
        &again,
        underway,
        out,
    )
    .await?;
    if !one.slim {
        shown::summarise(one, out).await;
    }
    if let Some(begun) = begun {
        if one.until == Until::Accepted {
            underway.clear(&one.plan().service);
            out.note(&crate::wait::resume_hint(&again.wait));
            request::warn_of_after(args, &one.prepared.settings, out);
            return Ok(Begun::Accepted);
        }
        one.prepared.make_code();
        let track = track(&one.prepared, one.global(), goal_of(begun));
        return Ok(Begun::Follow(Box::new(track)));
    }
    let (desired, running) = one.prepared.service.as_ref().map_or((0, 0), counts);
    let goal = goal_of(Goal {
        service: one.plan().service.clone(),
        ..Goal::default()
    });
    let now = &one.plan().expected.task_definition;
    let verdict = follow::nothing_to_do(&goal, now, desired, running);
    follow::tell(&verdict, out);
    judged(&verdict)?;
    let ours = one.plan().expected.deployment.as_deref();
    finish(one, ours, &verdict, args, underway, out).await?;
    Ok(Begun::Nothing(verdict.task_definition))
}

/// What comes after a deployment that ended well: its `after` tasks, and what is published. A
/// failing task makes it a failed deployment; one that AWS refuses to run does not.
async fn finish(
    one: &Ready,
    deployment: Option<&str>,
    verdict: &Verdict,
    args: &DeployArgs,
    underway: &Underway,
    out: &mut Output,
) -> Result<(), Error> {
    let on = &verdict.task_definition;
    let done = after(one, deployment, on, args, underway, out).await;
    if let Err(error) = done {
        if tasks::is_of_aws(error.kind) {
            return Err(unproven(one, on, error));
        }
        let failed = Verdict {
            outcome: Outcome::Failed,
            message: Some(error.to_string()),
            ..verdict.clone()
        };
        out.event(&Event::Verdict(failed.clone()));
        mark::failed(one, on, &error, out).await;
        return Err(react::react(one, args, &failed, error, underway, out).await);
    }
    mark::passed(one, on, args, out).await;
    publish(&one.prepared.settings, &one.prepared.aws, on, out).await
}

/// AWS did not start an `after` task, or does not show it: the deployment is done, nothing is known
/// to be wrong with it, and so it is not taken back.
fn unproven(one: &Ready, on: &str, error: Error) -> Error {
    let plan = one.plan();
    let changed = plan.revision == plan::Revision::Register
        || matches!(plan.action, Action::Update { .. })
        || error.kind == ErrorKind::AwsRefusedAfterChange;
    let kind = match changed {
        true => ErrorKind::AwsRefusedAfterChange,
        false => ErrorKind::AwsRefused,
    };
    let again = again(one.global(), one.member.name.as_deref());
    Error { kind, ..error }.hint(format!(
        "`{}` runs `{}`, and its `after` tasks are not all done; `{}` goes on with them",
        plan.service,
        short(on),
        again.deploy
    ))
}

/// Runs the `after` tasks of a deployment that ended well.
async fn after(
    one: &Ready,
    deployment: Option<&str>,
    task_definition: &str,
    args: &DeployArgs,
    underway: &Underway,
    out: &mut Output,
) -> Result<(), Error> {
    if args.skip_tasks {
        return Ok(());
    }
    let again = again(one.global(), one.member.name.as_deref());
    let (prepared, how) = (&one.prepared, args.tasks());
    tasks::after(
        prepared,
        task_definition,
        deployment,
        how,
        &again,
        underway,
        out,
    )
    .await
}
