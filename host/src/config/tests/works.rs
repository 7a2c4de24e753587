//! What configurations mean.

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::overlay::Allow;

#[test]
fn the_smallest() {
    let settings = settings_of(SMALLEST, None, None, &[("image", "app:1")], &[]).expect("works");
    assert_eq!(settings.name, "web");
    assert_eq!(settings.cluster.as_deref(), Some("prod"));
    assert_eq!(settings.service.as_deref(), Some("web"));
    assert_eq!(settings.template.to_string(), "ecs:web-template");
    assert_eq!(settings.family, "web");
    assert_eq!(settings.environment, None);
    assert_eq!(settings.overlays.len(), 1);
    let entry = &settings.overlays[0];
    assert_eq!((entry.id.as_str(), entry.order), (STANDARD, 0));
    assert_eq!(entry.plugin, PluginRef::Builtin("standard".to_owned()));
    assert_eq!(
        entry.config,
        json!({ "containers": { "app": { "image": "app:1" } } })
    );
    assert_eq!(
        settings.inputs,
        BTreeMap::from([("image".to_owned(), "app:1".to_owned())])
    );
    let deploy = &settings.deploy;
    assert_eq!(deploy.timeout, Duration::from_secs(900));
    assert_eq!(
        (deploy.on_failure, deploy.on_timeout),
        (Reaction::Rollback, Reaction::Leave)
    );
    assert_eq!(
        (deploy.fail_after, deploy.wait_until.as_str()),
        (Some(5), "done")
    );
    assert_eq!(
        (deploy.stamp, deploy.template_tags),
        (true, TemplateTags::Copy)
    );
    assert_eq!(
        (deploy.require_running, deploy.publish.as_deref()),
        (false, None)
    );
}

#[test]
fn several_services_in_several_environments() {
    let config = Config::parse(SEVERAL, "acetate.toml").expect("works");
    assert_eq!(config.services(), ["web", "worker"]);
    assert_eq!(config.environments(), ["staging", "prod"]);
    let web = settings_of(
        SEVERAL,
        Some("web"),
        Some("prod"),
        &[("image", "app:1")],
        &[("GITHUB_SHA", "abc")],
    );
    let web = web.expect("works");
    assert_eq!(web.template.to_string(), "ecs:prod-web-template");
    assert_eq!(
        (web.family.as_str(), web.cluster.as_deref()),
        ("prod-web", Some("prod"))
    );
    assert_eq!(
        (web.name.as_str(), web.service.as_deref()),
        ("web", Some("web"))
    );
    assert_eq!(web.account.as_deref(), Some("333333333333"));
    assert_eq!(web.region.as_deref(), Some("eu-west-1"));
    let step = Step {
        name: "migrate".to_owned(),
        container: "app".to_owned(),
        command: vec!["bin/migrate".to_owned()],
    };
    assert_eq!((web.before, web.after), (vec![step], vec![]));
    let ids: Vec<_> = web
        .overlays
        .iter()
        .map(|entry| (entry.id.as_str(), entry.order))
        .collect();
    assert_eq!(ids, [("standard", 0), ("otel", 10)]);
    assert_eq!(
        web.overlays[0].config,
        json!({
            "containers": { "app": {
                "image": "app:1",
                "env": { "LOG_LEVEL": "warn", "RELEASE": "abc" },
                "dotenv": ["config/prod.env"],
                "secrets": { "DATABASE_URL": "secretsmanager:prod/web/db#url", "API_KEY": "ssm:/prod/web/api-key" },
                "secrets-from": ["ssm:/prod/web/"],
                "remove-env": ["LEGACY_FLAG"],
                "exclusive": [],
            } },
            "sidecars": { "fluent-bit": { "preset": "firelens", "options": { "Name": "cloudwatch", "region": "eu-west-1" } } },
        })
    );
    let otel = &web.overlays[1];
    assert_eq!(
        otel.plugin,
        PluginRef::Oci("ghcr.io/acme/otel:1.2.0".to_owned())
    );
    assert_eq!(otel.allow, Allow::parse(["sidecars"]).unwrap());
    assert_eq!(otel.grant, json!({ "parameters": ["/prod/web/*"] }));
    assert_eq!(
        otel.config,
        json!({ "endpoint": "https://otel.example.com" })
    );
    assert_eq!(web.policies[0].id, "baseline");
    assert_eq!(
        web.policies[0].plugin.to_string(),
        "oci:ghcr.io/acme/baseline:1.4.0"
    );
    assert_eq!(web.policies[0].grant, json!({}));
}

#[test]
fn the_other_service_in_the_other_environment() {
    let worker = settings_of(SEVERAL, Some("worker"), Some("staging"), &[], &[]).expect("works");
    assert_eq!(
        (worker.family.as_str(), worker.service.as_deref()),
        ("staging-worker", Some("worker"))
    );
    assert_eq!(worker.account.as_deref(), Some("222222222222"));
    assert_eq!(worker.after_services, ["web"]);
    assert_eq!(worker.before, []);
    let app = &worker.overlays[0].config["containers"]["app"];
    assert_eq!(app["command"], json!(["bin/worker"]));
    assert_eq!(app["env"], json!({ "LOG_LEVEL": "info", "RELEASE": "dev" }));
    assert_eq!(app["image"], "running:app");
    assert_eq!(worker.running_inputs, ["image"]);
    assert_eq!(worker.inputs["image"], "running:app");
    let images = BTreeMap::from([("app".to_owned(), "app:7".to_owned())]);
    let worker = worker.with_running(&images).expect("the container runs");
    assert_eq!(
        worker.overlays[0].config["containers"]["app"]["image"],
        "app:7"
    );
    assert_eq!(worker.inputs["image"], "app:7");
    assert_eq!(worker.running_inputs, Vec::<String>::new());
}

#[test]
fn precedence_goes_root_service_environment_service_in_environment_set() {
    let layer = |name: &str| {
        format!(
            "containers.app.env = {{ {name} = '{name}', BOTH = '{name}' }}\ncontainers.app.command = ['{name}']\n"
        )
    };
    let text = format!(
        "template = 'file:t.json'\nfamily = '${{env}}'\n[containers.app]\nimage = '${{inputs.image}}'\ncommand = ['root', 'x']\nenv = {{ ROOT = 'root', BOTH = 'root' }}\n[inputs.image]\ndefault = 'low'\n[services.web]\n{}[environments.prod]\n{}services.web.containers.app.env.BOTH = 'inner'\n",
        layer("SERVICE"),
        layer("ENVIRONMENT"),
    );
    let app = |text: &str, set: &[(&str, &str)]| {
        let settings = settings_of(text, None, Some("prod"), set, &[]).expect("works");
        settings.overlays[0].config["containers"]["app"].clone()
    };
    let env = |both: &str| json!({ "ROOT": "root", "BOTH": both, "SERVICE": "SERVICE", "ENVIRONMENT": "ENVIRONMENT" });
    let full = app(&text, &[("image", "high")]);
    assert_eq!(full["env"], env("inner"));
    assert_eq!(full["command"], json!(["ENVIRONMENT"]));
    assert_eq!(full["image"], "high");
    let without = text.replace("services.web.containers.app.env.BOTH = 'inner'\n", "");
    assert_eq!(app(&without, &[])["env"], env("ENVIRONMENT"));
    assert_eq!(app(&without, &[])["image"], "low");
}

#[test]
fn inputs_come_from_set_then_variable_then_default() {
    let text = "template = 'file:t.json'\nfamily = 'f'\ntags.release = '${inputs.release}'\n[inputs]\nrelease = { env = 'SHA', default = 'dev-${inputs.kind}' }\nkind = { default = 'x' }\nunused = {}\n";
    let release = |set: &[(&str, &str)], variables: &[(&str, &str)]| {
        let settings = settings_of(text, None, None, set, variables).expect("works");
        (
            settings.overlays[0].config["tags"]["release"].clone(),
            settings.inputs["release"].clone(),
        )
    };
    let same = |value: &str| (json!(value), value.to_owned());
    assert_eq!(
        release(&[("release", "a"), ("release", "b")], &[("SHA", "c")]),
        same("b")
    );
    assert_eq!(release(&[], &[("SHA", "c"), ("OTHER", "d")]), same("c"));
    assert_eq!(release(&[], &[("SHA", "")]), same("dev-x"));
    assert_eq!(release(&[("kind", "${env}")], &[]), same("dev-${env}"));
    assert_eq!(
        release(&[("release", "running:app")], &[]),
        same("running:app")
    );
}

#[test]
fn what_runs_now_means_the_same_wherever_it_comes_from() {
    let text = "template = 'file:t.json'\nfamily = 'f'\ncontainers.app.image = '${inputs.image}'\n[inputs]\nimage = { env = 'IMAGE', default = 'low' }\n";
    let set = settings_of(text, None, None, &[("image", "running:app")], &[]);
    let variable = settings_of(text, None, None, &[], &[("IMAGE", "running:app")]);
    for settings in [set, variable] {
        let settings = settings.expect("works");
        assert_eq!(settings.running_inputs, ["image"]);
        let images = BTreeMap::from([("app".to_owned(), "app:7".to_owned())]);
        let filled = settings.with_running(&images).expect("the container runs");
        let app = &filled.overlays[0].config["containers"]["app"];
        assert_eq!(app["image"], "app:7");
    }
}

#[test]
fn only_declared_variables_are_read() {
    let asked = std::cell::RefCell::new(Vec::new());
    let env = |name: &str| {
        asked.borrow_mut().push(name.to_owned());
        None
    };
    let selection = Selection {
        service: Some("web"),
        environment: Some("prod"),
        set: &[],
        env: &env,
    };
    Config::parse(SEVERAL, "acetate.toml")
        .and_then(|config| config.settings(&selection))
        .expect("works");
    assert_eq!(*asked.borrow(), ["GITHUB_SHA"]);
}

#[test]
fn the_service_may_be_named_with_variables() {
    let text = "template = 'file:t.json'\nfamily = '${service}'\nservice = '${env}-web'\n";
    let settings = settings_of(text, None, Some("pr-7"), &[], &[]).expect("works");
    assert_eq!(
        (settings.service.as_deref(), settings.family.as_str()),
        (Some("pr-7-web"), "pr-7-web")
    );
    let text = "template = 'file:t.json'\nfamily = '${service}'\nservice = 'acme-${service}'\n[services.web]\n[services.api]\n";
    let settings = settings_of(text, Some("api"), None, &[], &[]).expect("works");
    assert_eq!(
        (settings.service.as_deref(), settings.name.as_str()),
        (Some("acme-api"), "api")
    );
}

#[test]
fn without_a_service_it_is_a_task() {
    let settings = settings_of(
        "template = 'ssm:/t'\nfamily = 'nightly'\n",
        None,
        None,
        &[],
        &[],
    )
    .expect("works");
    assert_eq!(
        (settings.service, settings.name.as_str()),
        (None, "nightly")
    );
    assert_eq!(settings.overlays, []);
}

#[test]
fn entries_go_by_order_then_name_and_the_built_in_one_before_its_equals() {
    let entry =
        |name: &str, order: &str| format!("[overlays.{name}]\nplugin = 'path:p.wasm'\n{order}\n");
    let text = format!(
        "template = 'file:t'\nfamily = 'f'\ntags.a = 'b'\n{}{}{}{}",
        entry("b", ""),
        entry("a", "order = 0"),
        entry("last", "order = 5"),
        entry("first", "order = -1"),
    );
    let settings = settings_of(&text, None, None, &[], &[]).expect("works");
    let ids: Vec<_> = settings
        .overlays
        .iter()
        .map(|entry| entry.id.as_str())
        .collect();
    assert_eq!(ids, ["first", "standard", "a", "b", "last"]);
}

#[test]
fn the_deploy_table() {
    let text = "template = 'file:t'\nfamily = 'f'\nconfirm = true\nassume-role = 'arn:aws:iam::111111111111:role/d'\nprofile = 'p'\n[deploy]\ntimeout = '1h30m'\non-failure = 'leave'\non-timeout = 'rollback'\nfail-after = 0\nwait-until = 'stage:BAKE_TIME'\nrequire-running = true\nskip-checks = ['secret-keys', 'images']\npublish = 'ssm:/web/arn'\nstamp = 'none'\ntemplate-tags = 'drop'\n";
    let settings = settings_of(text, None, None, &[], &[]).expect("works");
    let expected = Deploy {
        timeout: Duration::from_secs(5400),
        on_failure: Reaction::Leave,
        on_timeout: Reaction::Rollback,
        fail_after: None,
        wait_until: "stage:BAKE_TIME".to_owned(),
        require_running: true,
        skip_checks: vec!["secret-keys".to_owned(), "images".to_owned()],
        publish: Some("/web/arn".to_owned()),
        stamp: false,
        template_tags: TemplateTags::Drop,
    };
    assert_eq!(settings.deploy, expected);
    assert!(settings.confirm);
    assert_eq!(settings.profile.as_deref(), Some("p"));
    assert_eq!(
        settings.assume_role.as_deref(),
        Some("arn:aws:iam::111111111111:role/d")
    );
}

#[test]
fn one_family_for_two_environments_where_they_are_apart_or_say_so() {
    let text = |root: &str, staging: &str, prod: &str| {
        format!(
            "template = 'file:t'\nfamily = 'web'\n{root}\n[environments.staging]\n{staging}\n[environments.prod]\n{prod}\n"
        )
    };
    let apart = [
        text("", "account = '111111111111'", "account = '222222222222'"),
        text("", "region = 'eu-west-1'", "region = 'eu-west-2'"),
        text("", "profile = 'staging'", "profile = 'prod'"),
        text("", "assume-role = 'arn:aws:iam::111111111111:role/a'", ""),
        text("shared-family = true", "", ""),
        text("", "family = '${env}-web'", ""),
    ];
    for text in apart {
        assert_eq!(
            problems(settings_of(&text, None, Some("prod"), &[], &[])),
            Vec::<String>::new(),
            "{text}"
        );
    }
}

#[test]
fn lines_and_columns_count_characters() {
    let text = "family = 'f'\r\ntemplate = 'file:t'\r\ncontainers = { \"ü\" = {}, b = 1 }\r\n";
    let found = problems(settings_of(text, None, None, &[], &[]));
    let expected = "acetate.toml:3:30: expected a table, found `1` (key `containers.b`)";
    assert_eq!(found, [expected]);
}
