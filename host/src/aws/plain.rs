//! Calls to services that have no SDK crate here, each of which would cost time at the start, size
//! and build time: signed, tried again and judged as the SDK's are, with JSON in and out.

mod endpoint;
mod xml;

use std::sync::Arc;

use aws_config::{Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::invocation_id::InvocationIdInterceptor;
use aws_runtime::request_info::RequestInfoInterceptor;
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_runtime::service_clock_skew::{ServiceClockSkewClassifier, ServiceClockSkewInterceptor};
use aws_runtime::user_agent::{ApiMetadata, UserAgentInterceptor};
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{
    HttpStatusCodeClassifier, TransientErrorClassifier,
};
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::identity::SharedIdentityResolver;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::metadata::ErrorMetadata;
use aws_types::SigningName;
use aws_types::region::SigningRegion;
use serde_json::Value;

use super::error::xml_text;
use super::gate::{self, Gate};
use super::raw::{Doubt, Unreadable};
use super::views::{list, optional};
use super::{Aws, CallError, Class};

/// A service, as far as calling it needs it.
#[derive(Debug)]
pub struct Service {
    /// Its id in AWS's models: `AWS_ENDPOINT_URL_…` and the profiles' `services` are made of it.
    id: &'static str,
    /// What its host name begins with.
    host: &'static str,
    /// Its name in a signature.
    signing: &'static str,
    /// What comes before the operation in `X-Amz-Target`, or the version of a query API.
    prefix: &'static str,
    /// One for a whole partition.
    global: bool,
}

/// Elastic Container Service, beside its SDK: awsJson1.1.
pub const ECS: Service = regional("ECS", "ecs", "ecs", "AmazonEC2ContainerServiceV20141113");
/// CloudWatch Logs: awsJson1.1.
pub const LOGS: Service = regional("CloudWatch Logs", "logs", "logs", "Logs_20140328");
/// Elastic Container Registry: awsJson1.1.
pub const ECR: Service = regional(
    "ECR",
    "api.ecr",
    "ecr",
    "AmazonEC2ContainerRegistry_V20150921",
);
/// EventBridge: awsJson1.1.
pub const EVENTS: Service = regional("EventBridge", "events", "events", "AWSEvents");
/// EventBridge Scheduler: JSON by path.
pub const SCHEDULER: Service = regional("Scheduler", "scheduler", "scheduler", "");
/// Systems Manager, of which Parameter Store is used: awsJson1.1.
pub const SSM: Service = regional("SSM", "ssm", "ssm", "AmazonSSM");
/// Secrets Manager: awsJson1.1.
pub const SECRETS_MANAGER: Service = regional(
    "Secrets Manager",
    "secretsmanager",
    "secretsmanager",
    "secretsmanager",
);
/// Elastic Load Balancing, version 2: query.
pub const LOAD_BALANCING: Service = regional(
    "Elastic Load Balancing v2",
    "elasticloadbalancing",
    "elasticloadbalancing",
    "2015-12-01",
);
/// Identity and Access Management: query.
pub const IAM: Service = Service {
    global: true,
    ..regional("IAM", "iam", "iam", "2010-05-08")
};

const fn regional(
    id: &'static str,
    host: &'static str,
    signing: &'static str,
    prefix: &'static str,
) -> Service {
    Service {
        id,
        host,
        signing,
        prefix,
        global: false,
    }
}

/// Calls that read, or do no harm when made twice: an attempt that failed on AWS's side is made
/// again.
impl Aws {
    /// Calls an awsJson1.1 operation, named as IAM names it: `logs:GetLogEvents`. `region` in
    /// place of the connection's own.
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn call_json(
        &self,
        service: &Service,
        operation: &'static str,
        region: Option<&str>,
        request: &Value,
    ) -> Result<Value, CallError> {
        let target = format!("{}.{}", service.prefix, short(operation));
        let headers = [
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", &target),
        ];
        let request = http("POST", "/", &headers, request.to_string());
        self.send(service, operation, region, request, read_json)
            .await
    }

    /// All pages of a list of an awsJson1.1 operation. Services spell the token in their own ways.
    pub(super) async fn paged(
        &self,
        service: &Service,
        region: Option<&str>,
        operation: &'static str,
        mut request: Value,
        member: &str,
    ) -> Result<Vec<Value>, CallError> {
        let mut found = Vec::new();
        loop {
            let answer = self.call_json(service, operation, region, &request).await?;
            let answer = page_of(answer, operation, member)?;
            found.extend(list(&answer, member).iter().cloned());
            let token = ["nextToken", "NextToken"]
                .into_iter()
                .find_map(|name| Some((name, optional(Some(&answer), name)?)));
            match token {
                Some((name, token)) => request[name] = token.into(),
                None => return Ok(found),
            }
        }
    }

    /// Asks by GET for a path, query included, that the caller has encoded.
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn call_get(
        &self,
        service: &Service,
        operation: &'static str,
        region: Option<&str>,
        path: &str,
    ) -> Result<Value, CallError> {
        let request = http("GET", path, &[], String::new());
        self.send(service, operation, region, request, read_json)
            .await
    }

    /// Calls an operation of a query API: a form in, XML out. What comes back is the content of
    /// the `…Result` element: elements are members, lists of `member` are arrays, all else is
    /// text; an element with nothing in it is empty text, also where it is an empty list.
    ///
    /// # Errors
    /// [`CallError`] as for every call.
    pub async fn call_query(
        &self,
        service: &Service,
        operation: &'static str,
        region: Option<&str>,
        members: &[(String, String)],
    ) -> Result<Value, CallError> {
        let mut form = format!("Action={}&Version={}", short(operation), service.prefix);
        for (name, value) in members {
            form.push_str(&format!("&{}={}", encoded(name), encoded(value)));
        }
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let request = http("POST", "/", &headers, form);
        self.send(service, operation, region, request, xml::result)
            .await
    }

    async fn send(
        &self,
        service: &Service,
        name: &'static str,
        region: Option<&str>,
        request: Result<HttpRequest, String>,
        read: fn(&[u8]) -> Result<Value, String>,
    ) -> Result<Value, CallError> {
        let config = self.config().await;
        let own = || config.region().map(|region| region.as_ref().to_owned());
        let Some(region) = region.map(str::to_owned).or_else(own) else {
            return Err(unsent(name, Class::NoRegion, ""));
        };
        let request = request.map_err(|told| unsent(name, Class::Invalid, &told))?;
        let gate = (service.id == ECS.id).then(|| gate::gate(&self.connection, config));
        let doubt = Doubt::default();
        let calling = Calling {
            service,
            name,
            region: &region,
            gate: gate.as_ref(),
            doubt: &doubt,
        };
        let answer = operation(config, &calling, read).invoke(request).await;
        answer.map_err(|e| doubt.added_to(CallError::of(name, &e)))
    }
}

/// The answer, unless it holds something else than the list that was asked for: that would pass for
/// an empty one.
pub(super) fn page_of(
    answer: Value,
    operation: &'static str,
    member: &str,
) -> Result<Value, CallError> {
    let is_empty = answer.as_object().is_none_or(serde_json::Map::is_empty);
    if is_empty || answer.get(member).is_some() {
        return Ok(answer);
    }
    Err(CallError::malformed(operation, format!("no `{member}`")))
}

/// The operation's own name: `GetLogEvents` of `logs:GetLogEvents`.
fn short(operation: &'static str) -> &'static str {
    operation.split_once(':').map_or(operation, |(_, o)| o)
}

/// A call that could not be made.
fn unsent(operation: &'static str, class: Class, message: &str) -> CallError {
    CallError {
        class,
        http_status: None,
        maybe_done: false,
        ..CallError::malformed(operation, message)
    }
}

/// Text as it stands in a URL or in a form: all but AWS's unreserved characters by their bytes.
#[must_use]
pub fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut all, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                all.push(char::from(byte));
            }
            _ => all.push_str(&format!("%{byte:02X}")),
        }
        all
    })
}

fn http(
    method: &str,
    uri: &str,
    headers: &[(&'static str, &str)],
    body: String,
) -> Result<HttpRequest, String> {
    let length = body.len().to_string();
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method(method).map_err(|e| e.to_string())?;
    request.set_uri(uri).map_err(|e| e.to_string())?;
    for (name, value) in headers {
        request.headers_mut().insert(*name, (*value).to_owned());
    }
    if method != "GET" {
        request.headers_mut().insert("content-length", length);
    }
    Ok(request)
}

type Plain = Operation<HttpRequest, Value, ErrorMetadata>;

/// What one call is.
struct Calling<'a> {
    service: &'a Service,
    name: &'static str,
    region: &'a str,
    /// Where it waits for its turn.
    gate: Option<&'a Arc<Gate>>,
    doubt: &'a Doubt,
}

/// What the SDK's clients are made of, for one call.
fn operation(
    config: &SdkConfig,
    calling: &Calling<'_>,
    read: fn(&[u8]) -> Result<Value, String>,
) -> Plain {
    let Calling {
        service,
        name,
        region,
        gate,
        doubt,
    } = *calling;
    let own = endpoint::own(config, service);
    let (url, signed) = endpoint::of(config, service, region);
    let mut builder = Operation::builder()
        .service_name(format!("{}-{region}", service.signing))
        .operation_name(short(name))
        .endpoint_url(own.as_deref().unwrap_or(&url))
        .with_connection_poisoning()
        .interceptor(ServiceClockSkewInterceptor::new())
        .interceptor(RequestInfoInterceptor::new())
        .interceptor(UserAgentInterceptor::new())
        .interceptor(InvocationIdInterceptor::new())
        .interceptor(doubt.clone())
        .retry_classifier(HttpStatusCodeClassifier::default())
        .retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
        .retry_classifier(AwsErrorCodeClassifier::<ErrorMetadata>::new())
        .retry_classifier(ServiceClockSkewClassifier::<ErrorMetadata>::new())
        .runtime_plugin(signing(config, service, signed));
    if let Some(behavior) = config.behavior_version() {
        builder = builder.behavior_version(behavior);
    }
    match (config.http_client(), gate) {
        (Some(client), Some(gate)) => {
            let (client, watch) = gate::around(gate, client);
            builder = builder.http_client(client).interceptor(watch);
        }
        (Some(client), None) => builder = builder.http_client(client),
        (None, _) => {}
    }
    if let Some(retries) = config.retry_config() {
        builder = builder.standard_retry(retries);
    }
    if let Some(timeouts) = config.timeout_config() {
        builder = builder.timeout_config(timeouts.clone());
    }
    if let Some(sleep) = config.sleep_impl() {
        builder = builder.sleep_impl(sleep);
    }
    if let Some(time) = config.time_source() {
        builder = builder.time_source(time);
    }
    let unreadable = Unreadable::default();
    builder
        .serializer(|request: HttpRequest| Ok(request))
        .deserializer(move |answer: &HttpResponse| taken(answer, read, &unreadable))
        .build()
}

/// Credentials, the scheme that signs with them, and what is signed.
fn signing(config: &SdkConfig, service: &Service, region: String) -> StaticRuntimePlugin {
    let mut layer = Layer::new("plain");
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    layer.store_put(ApiMetadata::new(service.signing, env!("CARGO_PKG_VERSION")));
    layer.store_put(SigV4OperationSigningConfig {
        region: Some(SigningRegion::from(Region::new(region))),
        name: Some(SigningName::from_static(service.signing)),
        ..SigV4OperationSigningConfig::default()
    });
    if let Some(name) = config.app_name() {
        layer.store_put(name.clone());
    }
    let mut components = RuntimeComponentsBuilder::new("plain");
    components.set_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(
        StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]),
    )));
    components.push_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()));
    components.set_identity_cache(config.identity_cache());
    if let Some(provider) = config.credentials_provider() {
        components.set_identity_resolver(SCHEME_ID, resolver(provider));
    }
    StaticRuntimePlugin::new()
        .with_config(layer.freeze())
        .with_runtime_components(components)
}

fn resolver(provider: SharedCredentialsProvider) -> SharedIdentityResolver {
    SharedIdentityResolver::new(provider)
}

/// The answer read, or AWS's code and words where it refused.
fn taken(
    answer: &HttpResponse,
    read: fn(&[u8]) -> Result<Value, String>,
    unreadable: &Unreadable,
) -> Result<Value, OrchestratorError<ErrorMetadata>> {
    let body = answer.body().bytes().unwrap_or_default();
    if answer.status().is_success() {
        return read(body).map_err(|told| match unreadable.is_passing() {
            true => OrchestratorError::response(told.into()),
            false => OrchestratorError::other(told),
        });
    }
    let json: Value = serde_json::from_slice(body).unwrap_or_default();
    let member = |names: [&str; 2]| {
        names
            .iter()
            .find_map(|n| json[*n].as_str())
            .map(str::to_owned)
    };
    let header = answer.headers().get("x-amzn-errortype").map(str::to_owned);
    let text = String::from_utf8_lossy(body);
    let code = header
        .or_else(|| member(["__type", "code"]))
        .or_else(|| xml_text(&text, "Code"));
    let message = member(["message", "Message"]).or_else(|| xml_text(&text, "Message"));
    let mut told = ErrorMetadata::builder();
    if let Some(code) = &code {
        told = told.code(bare(code));
    }
    if let Some(message) = message {
        told = told.message(message);
    }
    Err(OrchestratorError::operation(told.build()))
}

/// The shape's name in `com.amazonaws.logs#ResourceNotFoundException:http://…`.
fn bare(code: &str) -> &str {
    let code = code.split_once('#').map_or(code, |(_, name)| name);
    code.split_once(':').map_or(code, |(name, _)| name)
}

/// An answer with nothing in it is one of an operation that has nothing to say.
fn read_json(body: &[u8]) -> Result<Value, String> {
    if body.is_empty() {
        return Ok(Value::Null);
    }
    let read: Value = serde_json::from_slice(body).map_err(|e| e.to_string())?;
    if read.is_object() {
        Ok(read)
    } else {
        Err("the answer is no JSON object".to_owned())
    }
}

#[cfg(test)]
mod tests;
