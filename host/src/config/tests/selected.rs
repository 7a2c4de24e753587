//! Service, environment and inputs that were asked for, and are none of the configuration.

use super::*;

const IMAGE: (&str, &str) = ("image", "x");

/// Text, service, environment, `--set`, and what is wrong.
type Selected<'a> = (
    &'a str,
    Option<&'a str>,
    Option<&'a str>,
    (&'a str, &'a str),
    &'a str,
);

const SELECTED: &[Selected<'_>] = &[
    (
        SEVERAL,
        None,
        Some("prod"),
        IMAGE,
        "this configuration has several services | name one of `web`, `worker`",
    ),
    (
        SEVERAL,
        Some("wbe"),
        Some("prod"),
        IMAGE,
        "unknown service `wbe` | did you mean `web`?",
    ),
    (
        SEVERAL,
        Some("cron"),
        Some("prod"),
        IMAGE,
        "unknown service `cron` | the services are `web`, `worker`",
    ),
    (
        SEVERAL,
        Some("web"),
        None,
        IMAGE,
        "no environment was chosen | choose one of `staging`, `prod` with `--environment`",
    ),
    (
        SEVERAL,
        Some("web"),
        Some("prd"),
        IMAGE,
        "unknown environment `prd` | did you mean `prod`?",
    ),
    (
        SEVERAL,
        Some("web"),
        Some("qa"),
        IMAGE,
        "unknown environment `qa` | the environments are `staging`, `prod`",
    ),
    (
        SEVERAL,
        Some("web"),
        Some("prod"),
        ("imgae", "x"),
        "unknown input `imgae` | did you mean `image`?",
    ),
    (
        SEVERAL,
        Some("web"),
        Some("prod"),
        ("tag", "x"),
        "unknown input `tag` | the inputs are `image`, `release`",
    ),
    (
        SMALLEST,
        None,
        Some("prod"),
        IMAGE,
        "unknown environment `prod` | this configuration has neither `[environments]` nor `${env}`",
    ),
    (
        SMALLEST,
        Some("api"),
        None,
        IMAGE,
        "unknown service `api` | this configuration has no `[services]`: leave the name away",
    ),
    (
        BASE,
        None,
        None,
        IMAGE,
        "unknown input `image` | this configuration has no inputs",
    ),
];

#[test]
fn what_was_selected() {
    for (text, service, environment, set, expected) in SELECTED {
        let found = problems(settings_of(text, *service, *environment, &[*set], &[]));
        assert_eq!(found, [format!("command line: {expected}")]);
    }
}

#[test]
fn selections_in_each_others_way() {
    let cases = [
        (
            "[environments.a]\n[environments.b]\n",
            "2:10: environment `a` and environment `b` register into one family `f` of one account and region (key `family`) | give each its own, as `family = \"${env}-${service}\"`, or say `shared-family = true`",
        ),
        (
            "[services.a]\n[services.b]\nfamily = 'f'\n",
            "5:10: service `a` and service `b` register into one family `f` of one account and region (key `services.b.family`) | give each its own, as `family = \"${service}\"`, or say `shared-family = true`",
        ),
        (
            "shared-family = true\nservice = 's'\n[services.a]\n[services.b]\n",
            "4:11: service `a` and service `b` are the same ECS service `s` (key `service`) | give each its own, as `service = \"${service}\"`",
        ),
        (
            "shared-family = true\n[services.a]\nservice = 'b'\n[services.b]\n",
            "6:11: service `a` and service `b` are the same ECS service `b` (key `services.b`) | give each its own, as `service = \"${service}\"`",
        ),
        (
            "[environments.a]\naccount = '111111111111'\n[environments.b]\n",
            "2:10: environment `a` and environment `b` register into one family `f` of one account and region (key `family`) | give each its own, as `family = \"${env}-${service}\"`, or say `shared-family = true`",
        ),
        (
            "shared-family = true\n[services.a]\nafter-services = ['b']\n[services.b]\nafter-services = ['a']\n[services.c]\nafter-services = ['a']\n",
            "5:18: services wait for each other: `a`, `b`, `c`",
        ),
    ];
    for (text, expected) in cases {
        let found = problems(settings_of(
            &format!("{BASE}{text}"),
            Some("a"),
            Some("a"),
            &[],
            &[],
        ));
        let expected = expected.to_owned();
        assert_eq!(
            found
                .first()
                .map(|first| first.replace("acetate.toml:", ""))
                .map(|first| first.starts_with(&expected)),
            Some(true),
            "{found:#?}"
        );
    }
}

#[test]
fn what_runs_now_does_not_run() {
    let settings = settings_of(SEVERAL, Some("web"), Some("prod"), &[], &[]).expect("works");
    let none = settings.clone().with_running(&BTreeMap::new());
    let expected = "acetate.toml:10:16: input `image` has no value: nothing runs yet (key `containers.app.image`) | give it with `--set image=…`";
    assert_eq!(problems(none), [expected]);
    let other = settings.with_running(&BTreeMap::from([(
        "nginx".to_owned(),
        "nginx:1".to_owned(),
    )]));
    let expected = "acetate.toml:10:16: input `image` has no value: container `app` does not run, only `nginx` (key `containers.app.image`) | give it with `--set image=…`";
    assert_eq!(problems(other), [expected]);
}
