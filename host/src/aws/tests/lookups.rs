//! What plugins look up: few calls, and none that outlasts its time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use tokio::runtime::Handle;

use super::server::{Answer, Server};
use super::*;
use crate::aws::lookups::AwsLookups;
use crate::plugin::{Late, Lookups, Question, Replied, Reply, Wanted};
use crate::registry::Registry;

async fn lookups(url: &str) -> Arc<AwsLookups> {
    let folder = Dir::open_ambient_dir(std::env::temp_dir(), ambient_authority()).unwrap();
    Arc::new(AwsLookups::new(
        Arc::new(aws(url).await),
        Arc::new(folder),
        Registry::public(),
        Handle::current(),
        false,
    ))
}

/// Asks as the thread of a plugin does.
async fn ask(
    lookups: &Arc<AwsLookups>,
    question: Question,
    within: Duration,
) -> Result<Replied, Late> {
    let lookups = Arc::clone(lookups);
    let asking = tokio::task::spawn_blocking(move || lookups.ask(&question, within));
    asking.await.unwrap()
}

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn an_endpoint_that_never_answers_is_not_waited_for() {
    let server = Server::start(vec![Answer::Never, Answer::Never, Answer::Never]);
    let lookups = lookups(&server.url).await;
    for question in [
        Question::ParameterArn("/a".to_owned()),
        Question::ParameterNames("/a/".to_owned()),
        Question::SecretKeys("a".to_owned()),
    ] {
        let began = Instant::now();
        let within = Duration::from_millis(200);
        assert_eq!(ask(&lookups, question, within).await, Err(Late));
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "{:?}",
            began.elapsed()
        );
    }
}

#[tokio::test]
async fn what_was_fetched_early_is_not_asked_for_again() {
    let found = r#"{"Parameters":[
      {"Name":"/web/a","Type":"SecureString","Value":"AQIC","ARN":"arn:a","Version":1},
      {"Name":"/web/b","Type":"String","Value":"plain","ARN":"arn:b","Version":1}]}"#;
    let server = Server::start(vec![Answer::Json(200, found)]);
    let lookups = lookups(&server.url).await;
    let names = ["/web/a", "/web/b", "/web/none"].map(|name| Wanted::Parameter(name.to_owned()));
    lookups.prefetch(names.to_vec(), MINUTE).await;
    let replies = [
        (
            Question::ParameterArn("/web/a".into()),
            Ok(Reply::Text("arn:a".into())),
        ),
        (
            Question::ParameterKind("/web/a".into()),
            Ok(Reply::Text("SecureString".into())),
        ),
        (
            Question::ParameterValue("/web/b".into()),
            Ok(Reply::Text("plain".into())),
        ),
        (
            Question::ParameterValue("/web/none".into()),
            Ok(Reply::Absent),
        ),
    ];
    for (question, expected) in replies {
        assert_eq!(ask(&lookups, question, MINUTE).await, Ok(expected));
    }
    let secret = ask(&lookups, Question::ParameterValue("/web/a".into()), MINUTE).await;
    let refused = secret.unwrap().unwrap_err();
    assert_eq!(refused.code, "invalid");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn what_is_fetched_early_is_not_waited_for_either() {
    let server = Server::start(vec![Answer::Never]);
    let lookups = lookups(&server.url).await;
    let began = Instant::now();
    let wanted = vec![Wanted::Parameter("/a".to_owned())];
    lookups.prefetch(wanted, Duration::from_millis(200)).await;
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn of_a_secret_the_names_of_keys_are_told_and_nothing_else() {
    let answer = r#"{"Name":"db","ARN":"arn:db","SecretString":"{\"url\":\"hush-hush\",\"a\":1}"}"#;
    let text = r#"{"Name":"db","ARN":"arn:db","SecretString":"hush-hush"}"#;
    let server = Server::start(vec![Answer::Json(200, answer), Answer::Json(200, text)]);
    let lookups = lookups(&server.url).await;
    let keys = ask(&lookups, Question::SecretKeys("db".into()), MINUTE).await;
    assert_eq!(
        keys,
        Ok(Ok(Reply::List(vec!["a".to_owned(), "url".to_owned()])))
    );
    let refused = ask(&lookups, Question::SecretKeys("text".into()), MINUTE).await;
    let refused = refused.unwrap().unwrap_err();
    assert_eq!(refused.code, "invalid");
    assert!(!format!("{refused:?}{lookups:?}").contains("hush-hush"));
}

#[tokio::test]
async fn what_was_told_is_learned_and_no_value_is() {
    let described = r#"{"Name":"db","ARN":"arn:db","VersionIdsToStages":{"v":["AWSCURRENT"]}}"#;
    let opened = r#"{"Name":"db","ARN":"arn:db","SecretString":"{\"url\":\"hush-hush\"}"}"#;
    let parameter = r#"{"Parameters":[{"Name":"/a","Type":"String","Value":"plain-hush","ARN":"arn:a","Version":1}]}"#;
    let server = Server::start(
        [described, opened, parameter]
            .map(|t| Answer::Json(200, t))
            .to_vec(),
    );
    let lookups = lookups(&server.url).await;
    for question in [
        Question::SecretArn("db".into()),
        Question::SecretKeys("db".into()),
        Question::ParameterValue("/a".into()),
    ] {
        ask(&lookups, question, MINUTE).await.unwrap().unwrap();
    }
    let learned = lookups.learned();
    let arns: Vec<&str> = learned.secrets.iter().map(|s| s.arn.as_str()).collect();
    assert_eq!(arns, ["arn:db"]);
    assert_eq!(learned.keys["arn:db"], ["url"]);
    assert!(learned.parameters.contains("/a"));
    assert!(!format!("{learned:?}").contains("hush"), "{learned:?}");
}
