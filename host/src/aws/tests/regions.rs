//! What `verify` asks for is asked in the region that ECS takes it from.

use super::server::{Answer, Server};
use super::*;
use crate::verify::image::Ecr;
use crate::verify::secret::Version;

/// The scopes (`eu-west-2/ssm`) that the requests were signed for.
fn scopes(server: &Server) -> Vec<String> {
    let scope = |head: &str| {
        let (_, credential) = head.split_once("Credential=key/").expect("it is signed");
        let parts: Vec<&str> = credential.split('/').collect();
        format!("{}/{}", parts[1], parts[2])
    };
    let requests = server.requests();
    requests.iter().map(|r| scope(&r.head)).collect()
}

const THERE: &str = "arn:aws:secretsmanager:eu-west-2:111122223333:secret:db-AbCdEf";

#[tokio::test]
async fn a_secret_and_its_keys_are_asked_for_in_the_region_of_the_arn() {
    let described = Answer::Json(200, r#"{"ARN":"a","Name":"db"}"#);
    let opened = Answer::Json(200, r#"{"ARN":"a","SecretString":"{\"url\":\"hush\"}"}"#);
    let server = Server::start(vec![
        described.clone(),
        described.clone(),
        described,
        opened,
    ]);
    let aws = aws(&server.url).await;
    aws.secret_described(THERE, None).await.unwrap();
    aws.secret_described("db", Some("eu-west-2")).await.unwrap();
    aws.secret_described("db", None).await.unwrap();
    let keys = aws.secret_keys(THERE, &Version::default()).await.unwrap();
    assert_eq!(keys.unwrap().names, ["url"]);
    let there = "eu-west-2/secretsmanager";
    let expected = [there, there, "eu-west-1/secretsmanager", there];
    assert_eq!(scopes(&server), expected);
}

#[tokio::test]
async fn parameters_log_groups_and_images_are_asked_for_where_they_are() {
    let answers = [
        r#"{"Parameters":[]}"#,
        r#"{"Parameters":[]}"#,
        r#"{"logGroups":[]}"#,
        r#"{"logGroups":[]}"#,
        r#"{"images":[{"imageId":{},"imageManifest":"{}"}]}"#,
    ];
    let server = Server::start(answers.map(|text| Answer::Json(200, text)).to_vec());
    let aws = aws(&server.url).await;
    for region in [None, Some("eu-west-2")] {
        let names = ["/a".to_owned()];
        aws.parameters(&names, region).await.unwrap();
    }
    for region in [None, Some("eu-west-2")] {
        aws.has_log_group("/g", region).await.unwrap();
    }
    let image = "111122223333.dkr.ecr.eu-west-2.amazonaws.com/web:1";
    let ecr = Ecr::parse(image).expect("an image of ECR");
    aws.ecr_image(&ecr).await.unwrap().unwrap();
    let expected = [
        "eu-west-1/ssm",
        "eu-west-2/ssm",
        "eu-west-1/logs",
        "eu-west-2/logs",
        "eu-west-2/ecr",
    ];
    assert_eq!(scopes(&server), expected);
}

#[tokio::test]
async fn a_bucket_in_another_region_is_asked_there() {
    let server = Server::start(vec![
        Answer::Elsewhere("us-east-1"),
        Answer::Xml(200, ""),
        Answer::Xml(404, ""),
    ]);
    let aws = aws(&server.url).await;
    assert!(aws.has_object("config", "web.env").await.unwrap());
    assert!(!aws.has_object("config", "none.env").await.unwrap());
    let expected = ["eu-west-1/s3", "us-east-1/s3", "eu-west-1/s3"];
    assert_eq!(scopes(&server), expected);
    // One that leads in a circle is an error, and not asked for ever.
    let circle = Answer::Elsewhere("us-east-1");
    let server = Server::start(vec![circle.clone(), circle]);
    let aws = super::aws(&server.url).await;
    let error = aws.has_object("config", "web.env").await.unwrap_err();
    assert_eq!(error.http_status, Some(301), "{error}");
}
