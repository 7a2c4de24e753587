//! What `--help`, the exit codes, completions and the manual page say: a change of the command
//! line shows here.

use insta::assert_snapshot;

use crate::support::World;

#[test]
fn the_verbs() {
    assert_snapshot!(World::new().run(&["-h"]), @r"
    Deploys to Amazon ECS: a template task definition, sandboxed overlays, a true verdict

    Usage: acetate [OPTIONS] <COMMAND>

    Commands:
      init         Write acetate.toml, from scratch or from a running service
      show         What was read: template, running revision, inputs, plugins
      render       The task definition to register, on stdout
      explain      Who set what, as `git blame` does
      validate     Check the rendered task definition against the rules that need no AWS
      verify       Check that what the task definition refers to exists and fits
      diff         What a deploy would change, by meaning
      plan         What a deploy would do, shown and kept
      deploy       Register what is new, update the service, follow the deployment to a true verdict
      status       What runs, made from what, and what infrastructure has changed since
      wait         Follow the deployment in progress, or judge the last one
      continue     Let a paused deployment go on, and follow it
      abort        Roll the deployment in progress back
      rollback     Go back to what last ran well, or to a revision of yours
      history      What ran when, how it went, and what it was made from
      register     Only register; prints the ARN
      run          Run a one-off task of the rendered definition, and exit with its code
      permissions  The least-privilege IAM policy for this configuration
      plugin       Run one plugin by itself, tell what is in it, or lock plugins of registries
      schema       The JSON Schema of acetate.toml, or of a kept plan
      local        Practise without AWS: an embedded ECS endpoint that plays scripted deployments
      completions  Completions for a shell
      man          The manual page
      help         Print this message or the help of the given subcommand(s)

    Options:
      -h, --help     Print help (see more with '--help')
      -V, --version  Print version

    Options of every verb:
      -c, --config <FILE>       Configuration file [default: acetate.toml]
      -e, --environment <NAME>  Environment of the configuration
          --set <NAME=VALUE>    Value of an input (can be repeated)
          --format <FORMAT>     Output for people or for machines [default: text] [possible values:
                                text, json]
      -q, --quiet               Print results and errors only
      -v, --verbose...          Print more: what plugins trace, what was read from where (can be
                                repeated)
          --color <COLOR>       Color the text [default: auto] [possible values: auto, always, never]
          --region <REGION>     AWS region
          --profile <NAME>      Profile of the AWS configuration files; goes before keys of the
                                environment
          --endpoint-url <URL>  Where AWS is asked, such as an endpoint of `acetate local`
          --ci <SYSTEM>         Annotations, a summary and values for a CI system [default: auto]
                                [possible values: auto, github, off]
          --outputs <FILE>      Write what came out as ACETATE_NAME=value lines, as GitLab's dotenv
                                reports take them
          --locked              Fail where the lock file would change
          --offline             Ask nobody: no AWS, no registry

    Exit codes: `acetate help exit-codes`. First steps: `acetate init`.
    ");
}

#[test]
fn every_verb_has_help_and_a_manual_page() {
    let world = World::new();
    let listed = world.run(&["-h"]).expect(0).stdout;
    let (_, verbs) = listed.split_once("Commands:\n").expect("the verbs");
    let verbs = verbs
        .lines()
        .map_while(|line| line.split_whitespace().next());
    let verbs: Vec<&str> = verbs.filter(|verb| *verb != "help").collect();
    assert!(verbs.len() > 20, "{verbs:?}");
    for verb in verbs {
        let help = world.run(&[verb, "--help"]).expect(0);
        assert!(help.stdout.contains("Usage: acetate"), "{help}");
        let page = world.run(&["man", verb]).expect(0);
        assert!(page.stdout.starts_with(".ie"), "{page}");
    }
    let page = world.run(&["man"]).expect(0).stdout;
    let (_, codes) = page
        .split_once(".SH \"EXIT STATUS\"\n")
        .expect("the section");
    let told = "  6  the deployment failed and the service is back on the revision before\n";
    assert!(codes.contains(told), "{codes}");
}

#[test]
fn the_exit_codes_are_those_that_errors_have() {
    use acetate::error::ErrorKind;
    let told = World::new().run(&["help", "exit-codes"]).expect(0).stdout;
    let kinds = [
        ErrorKind::Input,
        ErrorKind::Usage,
        ErrorKind::Differs,
        ErrorKind::Refused,
        ErrorKind::Faults,
        ErrorKind::RolledBack,
        ErrorKind::Failed,
        ErrorKind::LostSight,
        ErrorKind::Superseded,
        ErrorKind::AwsRefused,
        ErrorKind::AwsRefusedAfterChange,
        ErrorKind::BeforeFailed,
        ErrorKind::Bug,
        ErrorKind::NoExitCode,
        ErrorKind::Interrupted,
        ErrorKind::Terminated,
    ];
    for kind in kinds {
        let code = kind.exit_code();
        assert!(
            told.lines()
                .any(|line| line.starts_with(&format!("{code:>3}  "))),
            "{code} is not in\n{told}"
        );
    }
}

#[test]
fn an_unknown_verb_is_a_bad_command_line() {
    assert_snapshot!(World::new().run(&["depoly"]), @r"
    ------- stderr -------
    error: unrecognized subcommand 'depoly'

      tip: a similar subcommand exists: 'deploy'

    Usage: acetate [OPTIONS] <COMMAND>

    For more information, try '--help'.
    [exit code 2]
    ");
}

#[test]
fn completions_know_the_verbs() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let told = World::new().run(&["completions", shell]).expect(0).stdout;
        assert!(told.contains("validate"), "{shell}");
    }
}
