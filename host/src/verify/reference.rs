//! What a task definition refers to: each thing once, with all places that name it.

use crate::arn::Arn;
use crate::task_definition::TaskDefinition;
use crate::task_definition::address::Address;
use crate::validate::spot::{Document, Spot};

/// Something that is referred to, and by which places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference<T> {
    /// What it is.
    pub what: T,
    /// The places that name it.
    pub at: Vec<Address>,
}

/// The part of a secret that a place names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// The place.
    pub at: Address,
    /// Key in its JSON; the whole secret without one.
    pub key: Option<String>,
    /// Staging label; `AWSCURRENT` without one.
    pub stage: Option<String>,
    /// Version id.
    pub version: Option<String>,
}

/// A secret of Secrets Manager, and its parts that are named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// ARN or name.
    pub id: String,
    /// What of it is named.
    pub parts: Vec<Part>,
}

impl Secret {
    /// The places that name it.
    #[must_use]
    pub fn at(&self) -> Vec<Address> {
        self.parts.iter().map(|part| part.at.clone()).collect()
    }
}

/// An image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// As it is written.
    pub name: String,
    /// Whether the container names credentials for its registry.
    pub has_credentials: bool,
}

/// A log group of the `awslogs` driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogGroup {
    /// Its name.
    pub name: String,
    /// Its region, where it is named.
    pub region: Option<String>,
    /// Whether the driver makes it.
    pub is_created: bool,
}

/// An object of S3 with environment variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvFile {
    /// Bucket.
    pub bucket: String,
    /// Key.
    pub key: String,
    /// ARN as written.
    pub arn: String,
}

/// All that a task definition refers to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct References {
    /// Images.
    pub images: Vec<Reference<Image>>,
    /// Secrets of Secrets Manager.
    pub secrets: Vec<Secret>,
    /// Parameters of SSM, by name or ARN.
    pub parameters: Vec<Reference<String>>,
    /// Sources of secrets that are neither.
    pub odd: Vec<Reference<String>>,
    /// Role of the task, by name or ARN.
    pub task_role: Option<Reference<String>>,
    /// Role that fetches what containers need, by name or ARN.
    pub execution_role: Option<Reference<String>>,
    /// Log groups.
    pub log_groups: Vec<Reference<LogGroup>>,
    /// Files of environment variables.
    pub env_files: Vec<Reference<EnvFile>>,
}

impl References {
    /// What this document refers to.
    #[must_use]
    pub fn of(definition: &TaskDefinition) -> Self {
        let document = Document::new(definition);
        let mut found = Self {
            task_role: role(&document.root, "taskRoleArn"),
            execution_role: role(&document.root, "executionRoleArn"),
            ..Self::default()
        };
        for container in &document.containers {
            found.container(container);
        }
        for volume in document.root.items("volumes") {
            let fsx = volume.get("fsxWindowsFileServerVolumeConfiguration");
            let authorization = fsx.and_then(|fsx| fsx.get("authorizationConfig"));
            if let Some(authorization) = authorization {
                found.source(&authorization, "credentialsParameter");
            }
        }
        found
    }

    fn container(&mut self, container: &Spot<'_>) {
        let credentials = container.get("repositoryCredentials");
        if let Some(name) = container.text("image").filter(|name| !name.is_empty()) {
            let image = Image {
                name: name.to_owned(),
                has_credentials: credentials.is_some(),
            };
            add(&mut self.images, image, container.place("image"));
        }
        for secret in container.items("secrets") {
            self.source(&secret, "valueFrom");
        }
        if let Some(credentials) = credentials
            && let Some(id) = credentials.text("credentialsParameter")
        {
            let at = credentials.place("credentialsParameter");
            // Here a bare name is one of Secrets Manager.
            match id.starts_with("arn:") {
                true => self.source(&credentials, "credentialsParameter"),
                false => self.secret(
                    id.to_owned(),
                    Part {
                        at,
                        ..Part::default()
                    },
                ),
            }
        }
        for file in container.items("environmentFiles") {
            self.env_file(&file);
        }
        if let Some(log) = container.get("logConfiguration") {
            for option in log.items("secretOptions") {
                self.source(&option, "valueFrom");
            }
            self.log_group(&log);
        }
    }

    /// What a `valueFrom` names.
    fn source(&mut self, spot: &Spot<'_>, member: &str) {
        let Some(text) = spot.text(member).filter(|text| !text.is_empty()) else {
            return;
        };
        let at = spot.place(member);
        let Some(arn) = Arn::parse(text) else {
            match text.starts_with("arn:") {
                true => add(&mut self.odd, text.to_owned(), at),
                false => add(&mut self.parameters, text.to_owned(), at),
            }
            return;
        };
        match (arn.service, arn.resource) {
            ("secretsmanager", resource) if resource.starts_with("secret:") => {
                let mut parts = resource.splitn(5, ':').skip(2);
                let mut next = || parts.next().filter(|p| !p.is_empty()).map(str::to_owned);
                let part = Part {
                    at,
                    key: next(),
                    stage: next(),
                    version: next(),
                };
                self.secret(arn.of_secret(), part);
            }
            ("ssm", resource) if resource.starts_with("parameter/") => {
                add(&mut self.parameters, text.to_owned(), at);
            }
            _ => add(&mut self.odd, text.to_owned(), at),
        }
    }

    fn secret(&mut self, id: String, part: Part) {
        match self.secrets.iter_mut().find(|known| known.id == id) {
            Some(known) => known.parts.push(part),
            None => self.secrets.push(Secret {
                id,
                parts: vec![part],
            }),
        }
    }

    fn env_file(&mut self, file: &Spot<'_>) {
        let Some(text) = file.text("value") else {
            return;
        };
        let object = Arn::parse(text).filter(|arn| arn.service == "s3");
        // ECS refuses what is none when it is registered.
        if let Some((bucket, key)) = object.and_then(|arn| arn.resource.split_once('/')) {
            let object = EnvFile {
                bucket: bucket.to_owned(),
                key: key.to_owned(),
                arn: text.to_owned(),
            };
            add(&mut self.env_files, object, file.place("value"));
        }
    }

    fn log_group(&mut self, log: &Spot<'_>) {
        let Some(options) = log
            .get("options")
            .filter(|_| log.text("logDriver") == Some("awslogs"))
        else {
            return;
        };
        if let Some(name) = options
            .text("awslogs-group")
            .filter(|name| !name.is_empty())
        {
            let group = LogGroup {
                name: name.to_owned(),
                region: options.text("awslogs-region").map(str::to_owned),
                is_created: options.text("awslogs-create-group") == Some("true"),
            };
            add(&mut self.log_groups, group, options.place("awslogs-group"));
        }
    }
}

fn role(root: &Spot<'_>, member: &str) -> Option<Reference<String>> {
    let name = root.text(member).filter(|name| !name.is_empty())?;
    Some(Reference {
        what: name.to_owned(),
        at: vec![root.place(member)],
    })
}

fn add<T: PartialEq>(all: &mut Vec<Reference<T>>, what: T, at: Address) {
    match all.iter_mut().find(|known| known.what == what) {
        Some(known) => known.at.push(at),
        None => all.push(Reference { what, at: vec![at] }),
    }
}
