//! What IAM would say: a policy, and what a request asks of it.

use serde_json::{Value, json};

/// Account and region of the embedded endpoint.
const OF_ENDPOINT: &str = "us-east-1:123456789012";

/// Whether a text is of this pattern of IAM's: `*` is any text, `?` any character.
fn is_of(pattern: &str, text: &str) -> bool {
    let Some(first) = pattern.chars().next() else {
        return text.is_empty();
    };
    let (rest, mut tails) = (
        &pattern[1..],
        text.char_indices().map(|(at, _)| &text[at..]),
    );
    match first {
        '*' => tails.any(|tail| is_of(rest, tail)) || is_of(rest, ""),
        '?' => text
            .chars()
            .next()
            .is_some_and(|c| is_of(rest, &text[c.len_utf8()..])),
        c => text.strip_prefix(c).is_some_and(|text| is_of(rest, text)),
    }
}

/// A text or a list of them.
pub fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        value => value.as_str().into_iter().collect(),
    }
}

/// What a call asks IAM: an action on a resource, with the values of condition keys.
#[derive(Debug, Clone)]
pub struct Asked {
    pub action: &'static str,
    pub resource: String,
    context: Value,
}

/// The statement that allows it.
pub fn allowed<'a>(policy: &'a Value, asked: &Asked) -> Option<&'a str> {
    let is_met = |condition: &Value| {
        let operators = condition.as_object().expect("an object").values();
        let mut keys = operators.flat_map(|keys| keys.as_object().expect("an object"));
        keys.all(|(key, values)| texts(values).iter().any(|v| asked.context[key] == **v))
    };
    let statements = policy["Statement"].as_array().expect("a list");
    let found = statements.iter().find(|statement| {
        texts(&statement["Action"]).contains(&asked.action)
            && texts(&statement["Resource"])
                .iter()
                .any(|pattern| is_of(pattern, &asked.resource))
            && statement.get("Condition").is_none_or(is_met)
    });
    found.and_then(|statement| statement["Sid"].as_str())
}

fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:{OF_ENDPOINT}:{resource}")
}

fn text<'a>(request: &'a Value, member: &str) -> &'a str {
    request[member].as_str().unwrap_or_default()
}

/// All resources: AWS lets a policy name none.
fn all(_: &Value) -> Vec<String> {
    vec!["*".to_owned()]
}

/// The ARNs that a member names.
fn named(request: &Value, member: &str) -> Vec<String> {
    let arns = texts(&request[member]).into_iter();
    arns.map(ToOwned::to_owned).collect()
}

/// The services of the request's cluster that a member names.
fn services(request: &Value, member: &str) -> Vec<String> {
    let cluster = text(request, "cluster");
    let names = texts(&request[member]).into_iter();
    names
        .map(|name| arn("ecs", &format!("service/{cluster}/{name}")))
        .collect()
}

/// The parameters that a member names.
fn parameters(request: &Value, member: &str) -> Vec<String> {
    let name = |name: &str| match name.starts_with("arn:") {
        true => name.to_owned(),
        false => arn("ssm", &format!("parameter/{}", name.trim_matches('/'))),
    };
    texts(&request[member]).into_iter().map(name).collect()
}

/// A secret by its ARN, or by its name and the end that Secrets Manager gives it.
fn secrets(request: &Value) -> Vec<String> {
    let id = text(request, "SecretId");
    vec![match id.starts_with("arn:") {
        true => id.to_owned(),
        false => arn("secretsmanager", &format!("secret:{id}-AbCdEf")),
    }]
}

fn stream(request: &Value) -> Vec<String> {
    let (group, stream) = (
        text(request, "logGroupName"),
        text(request, "logStreamName"),
    );
    vec![arn(
        "logs",
        &format!("log-group:{group}:log-stream:{stream}"),
    )]
}

fn object(request: &Value) -> Vec<String> {
    vec![format!("arn:aws:s3:::{}", text(request, "path"))]
}

type Resources = fn(&Value) -> Vec<String>;

/// Operation, the action that IAM is asked for, and on what, as the service authorization
/// reference says.
const CALLS: &[(&str, &str, Resources)] = &[
    ("DescribeTaskDefinition", "ecs:DescribeTaskDefinition", all),
    ("ListTaskDefinitions", "ecs:ListTaskDefinitions", all),
    ("ListTasks", "ecs:ListTasks", all),
    ("DescribeServices", "ecs:DescribeServices", |r| {
        services(r, "services")
    }),
    ("UpdateService", "ecs:UpdateService", |r| {
        services(r, "service")
    }),
    (
        "ListServiceDeployments",
        "ecs:ListServiceDeployments",
        |r| services(r, "service"),
    ),
    (
        "DescribeServiceDeployments",
        "ecs:DescribeServiceDeployments",
        |r| named(r, "serviceDeploymentArns"),
    ),
    (
        "DescribeServiceRevisions",
        "ecs:DescribeServiceRevisions",
        |r| named(r, "serviceRevisionArns"),
    ),
    ("StopServiceDeployment", "ecs:StopServiceDeployment", |r| {
        named(r, "serviceDeploymentArn")
    }),
    (
        "ContinueServiceDeployment",
        "ecs:ContinueServiceDeployment",
        |r| named(r, "serviceDeploymentArn"),
    ),
    ("RunTask", "ecs:RunTask", |r| named(r, "taskDefinition")),
    ("DescribeTasks", "ecs:DescribeTasks", |r| named(r, "tasks")),
    ("StopTask", "ecs:StopTask", |r| named(r, "task")),
    ("TagResource", "ecs:TagResource", |r| {
        named(r, "resourceArn")
    }),
    ("UntagResource", "ecs:UntagResource", |r| {
        named(r, "resourceArn")
    }),
    ("GetParameter", "ssm:GetParameter", |r| {
        parameters(r, "Name")
    }),
    ("GetParameters", "ssm:GetParameters", |r| {
        parameters(r, "Names")
    }),
    ("GetParametersByPath", "ssm:GetParametersByPath", |r| {
        parameters(r, "Path")
    }),
    ("PutParameter", "ssm:PutParameter", |r| {
        parameters(r, "Name")
    }),
    ("GetLogEvents", "logs:GetLogEvents", stream),
    ("DescribeLogGroups", "logs:DescribeLogGroups", |_| {
        vec![arn("logs", "log-group::log-stream:")]
    }),
    ("GetRole", "iam:GetRole", |r| {
        let name = text(r, "RoleName");
        vec![format!("arn:aws:iam::123456789012:role/{name}")]
    }),
    (
        "SimulatePrincipalPolicy",
        "iam:SimulatePrincipalPolicy",
        |r| named(r, "PolicySourceArn"),
    ),
    ("BatchGetImage", "ecr:BatchGetImage", |r| {
        let name = text(r, "repositoryName");
        vec![arn("ecr", &format!("repository/{name}"))]
    }),
    (
        "DescribePullThroughCacheRules",
        "ecr:DescribePullThroughCacheRules",
        all,
    ),
    ("DescribeSecret", "secretsmanager:DescribeSecret", secrets),
    ("GetSecretValue", "secretsmanager:GetSecretValue", secrets),
    ("HeadObject", "s3:GetObject", object),
    ("GetObject", "s3:GetObject", object),
];

/// What one request asks IAM.
pub fn asked(operation: &str, request: &Value) -> Vec<Asked> {
    let cluster = arn("ecs", &format!("cluster/{}", text(request, "cluster")));
    let context = json!({ "ecs:cluster": cluster });
    match operation {
        // AWS lets every caller ask who they are.
        "GetCallerIdentity" => return Vec::new(),
        "RegisterTaskDefinition" => return registered(request),
        _ => {}
    }
    let Some((_, action, resources)) = CALLS.iter().find(|(known, ..)| *known == operation) else {
        return vec![Asked {
            action: "no policy was thought of for it",
            resource: operation.to_owned(),
            context,
        }];
    };
    let one = |resource| Asked {
        action,
        resource,
        context: context.clone(),
    };
    resources(request).into_iter().map(one).collect()
}

/// Registering is also tagging, and handing roles over.
fn registered(request: &Value) -> Vec<Asked> {
    let family = text(request, "family");
    let family = arn("ecs", &format!("task-definition/{family}:7"));
    let mut all = vec![Asked {
        action: "ecs:RegisterTaskDefinition",
        resource: family.clone(),
        context: json!({}),
    }];
    if request.get("tags").is_some() {
        all.push(Asked {
            action: "ecs:TagResource",
            resource: family,
            context: json!({ "ecs:CreateAction": "RegisterTaskDefinition" }),
        });
    }
    for role in ["taskRoleArn", "executionRoleArn"] {
        all.extend(request[role].as_str().map(|role| Asked {
            action: "iam:PassRole",
            resource: role.to_owned(),
            context: json!({ "iam:PassedToService": "ecs-tasks.amazonaws.com" }),
        }));
    }
    all
}
