//! Amazon Resource Names: taken apart in one way, and the partition that a region lies in.

use std::fmt;

/// An [ARN](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html), taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: &'a str,
    /// `ssm`, `iam`, …
    pub service: &'a str,
    /// Empty where the service has no regions.
    pub region: &'a str,
    /// Twelve digits; empty for objects of S3, `aws` for what is AWS's own.
    pub account: &'a str,
    /// All that follows, colons included: `parameter/web/key`, `secret:db-AbCdEf:url::`.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Takes a text apart; `None` where it is no ARN, or one with a wildcard in front of the
    /// resource.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        Self::cut(text).filter(|arn| arn.is_whole(""))
    }

    /// Takes a text apart in which `*` may stand in every part, as in a policy: for what is not
    /// known yet.
    #[must_use]
    pub fn parse_pattern(text: &'a str) -> Option<Self> {
        Self::cut(text).filter(|arn| arn.is_whole("*"))
    }

    fn cut(text: &'a str) -> Option<Self> {
        let mut parts = text.strip_prefix("arn:")?.splitn(5, ':');
        Some(Self {
            partition: parts.next()?,
            service: parts.next()?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next()?,
        })
    }

    /// Whether all parts have their form, apart from those with a wildcard.
    fn is_whole(&self, wildcard: &str) -> bool {
        let is_letter = |c: char| {
            c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || wildcard.contains(c)
        };
        let is_word = |text: &str| !text.is_empty() && text.chars().all(is_letter);
        let is_wild = |text: &str| is_word(text) && text.contains('*');
        let Self {
            partition, account, ..
        } = *self;
        let is_account = account.is_empty() || account == "aws" || is_account(account);
        is_word(partition)
            && (partition.split('-').next() == Some("aws") || is_wild(partition))
            && is_word(self.service)
            && (self.region.is_empty() || is_word(self.region))
            && (is_account || is_wild(account))
            && !self.resource.is_empty()
            && !self.resource.contains(char::is_control)
    }

    /// Whether it names both a region and an account.
    #[must_use]
    pub const fn is_placed(&self) -> bool {
        !self.region.is_empty() && !self.account.is_empty()
    }

    /// What follows the resource's kind: `web:7` of `task-definition/web:7`.
    #[must_use]
    pub fn name(&self) -> &'a str {
        let named = self.resource.split_once('/');
        named.map_or(self.resource, |(_, name)| name)
    }

    /// The ARN of a secret of Secrets Manager, without what is named of it behind that.
    #[must_use]
    pub fn of_secret(&self) -> String {
        let name = self.resource.split(':').nth(1).unwrap_or_default();
        let resource = format!("secret:{name}");
        let secret = Arn {
            service: "secretsmanager",
            resource: &resource,
            ..*self
        };
        secret.to_string()
    }
}

/// As it is written.
impl fmt::Display for Arn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            partition,
            service,
            region,
            account,
            resource,
        } = self;
        write!(f, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

/// Whether a text has the form of an account's number.
#[must_use]
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// Partitions by the beginnings of their regions' names.
const PARTITIONS: [(&str, &str); 7] = [
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
    ("eu-isoe-", "aws-iso-e"),
    ("eusc-", "aws-eusc"),
];

/// The partition that a region lies in.
#[must_use]
pub fn partition_of(region: &str) -> &'static str {
    let found = PARTITIONS
        .iter()
        .find(|(start, _)| region.starts_with(start));
    found.map_or("aws", |(_, partition)| partition)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text, and its partition, service, region, account and resource.
    const WHOLE: &[(&str, [&str; 5])] = &[
        (
            "arn:aws:ecs:eu-west-1:111111111111:task-definition/web:7",
            [
                "aws",
                "ecs",
                "eu-west-1",
                "111111111111",
                "task-definition/web:7",
            ],
        ),
        (
            "arn:aws-cn:ssm:cn-north-1:111111111111:parameter/a/b",
            [
                "aws-cn",
                "ssm",
                "cn-north-1",
                "111111111111",
                "parameter/a/b",
            ],
        ),
        (
            "arn:aws-us-gov:secretsmanager:us-gov-west-1:111111111111:secret:db-AbCdEf:url::",
            [
                "aws-us-gov",
                "secretsmanager",
                "us-gov-west-1",
                "111111111111",
                "secret:db-AbCdEf:url::",
            ],
        ),
        (
            "arn:aws-iso:logs:us-iso-east-1:111111111111:log-group:/g",
            [
                "aws-iso",
                "logs",
                "us-iso-east-1",
                "111111111111",
                "log-group:/g",
            ],
        ),
        (
            "arn:aws-iso-b:ecr:us-isob-east-1:111111111111:repository/a",
            [
                "aws-iso-b",
                "ecr",
                "us-isob-east-1",
                "111111111111",
                "repository/a",
            ],
        ),
        (
            "arn:aws-iso-e:ecs:eu-isoe-west-1:111111111111:service/prod/web",
            [
                "aws-iso-e",
                "ecs",
                "eu-isoe-west-1",
                "111111111111",
                "service/prod/web",
            ],
        ),
        (
            "arn:aws-iso-f:ecs:us-isof-south-1:111111111111:cluster/prod",
            [
                "aws-iso-f",
                "ecs",
                "us-isof-south-1",
                "111111111111",
                "cluster/prod",
            ],
        ),
        (
            "arn:aws-eusc:ecs:eusc-de-east-1:111111111111:cluster/prod",
            [
                "aws-eusc",
                "ecs",
                "eusc-de-east-1",
                "111111111111",
                "cluster/prod",
            ],
        ),
        (
            "arn:aws:iam::111111111111:role/path/web",
            ["aws", "iam", "", "111111111111", "role/path/web"],
        ),
        (
            "arn:aws:iam::aws:policy/AmazonECS_FullAccess",
            ["aws", "iam", "", "aws", "policy/AmazonECS_FullAccess"],
        ),
        (
            "arn:aws:s3:::bucket/a key:1.env",
            ["aws", "s3", "", "", "bucket/a key:1.env"],
        ),
    ];

    #[test]
    fn a_whole_one_is_taken_apart_and_written_again() {
        for (text, [partition, service, region, account, resource]) in WHOLE {
            let arn = Arn::parse(text).expect(text);
            let expected = Arn {
                partition,
                service,
                region,
                account,
                resource,
            };
            assert_eq!(arn, expected);
            assert_eq!(arn.to_string(), *text);
            assert_eq!(arn.is_placed(), !region.is_empty() && !account.is_empty());
            if !region.is_empty() {
                assert_eq!(partition_of(region), *partition, "{text}");
            }
        }
    }

    #[test]
    fn what_is_none_is_none() {
        let none = [
            "",
            "arn",
            "arn:",
            "/prod/key",
            "ssm:/prod/key",
            "arn:aws:s3",
            "arn:aws:ssm:eu-west-1:111111111111",
            "arn:aws:ssm:eu-west-1:111111111111:",
            "arn::ssm:eu-west-1:111111111111:parameter/a",
            "arn:aws::eu-west-1:111111111111:parameter/a",
            "arn:azure:ssm:eu-west-1:111111111111:parameter/a",
            "arn:awscn:ssm:eu-west-1:111111111111:parameter/a",
            "arn:aws_cn:ssm:eu-west-1:111111111111:parameter/a",
            "ARN:aws:ssm:eu-west-1:111111111111:parameter/a",
            "arn:AWS:ssm:eu-west-1:111111111111:parameter/a",
            "arn:aws:SSM:eu-west-1:111111111111:parameter/a",
            "arn:aws:ssm:EU-WEST-1:111111111111:parameter/a",
            "arn:aws:ssm:eu west 1:111111111111:parameter/a",
            "arn:aws:ssm:*:111111111111:parameter/a",
            "arn:aws:ssm:eu-west-1:*:parameter/a",
            "arn:*:ssm:eu-west-1:111111111111:parameter/a",
            "arn:aws:ssm:eu-west-1:1:parameter/a",
            "arn:aws:ssm:eu-west-1:11111111111a:parameter/a",
            "arn:aws:ssm:eu-west-1:1111111111111:parameter/a",
            "arn:aws:ssm:eu-west-1:١١١١١١١١١١١١:parameter/a",
            "arn:aws:ssm:eu-west-1:111111111111:parameter/a\nb",
            "x:aws:s3:::bucket/key",
            " arn:aws:ssm:eu-west-1:111111111111:parameter/a",
            "arn:aws:ssm::parameter/a",
        ];
        for text in none {
            assert_eq!(Arn::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_pattern_may_have_a_wildcard_in_each_part_and_is_strict_in_all_else() {
        for text in [
            "arn:*:ssm:eu-west-1:111111111111:parameter/a",
            "arn:aws*:ssm:eu-west-1:111111111111:parameter/a",
            "arn:aws:*:eu-west-1:111111111111:parameter/a",
            "arn:aws:ssm:*:111111111111:parameter/a",
            "arn:aws:ssm:eu-*:1111*:parameter/*",
            "arn:aws:ssm:eu-west-1:*:parameter/a",
        ] {
            let arn = Arn::parse_pattern(text).expect(text);
            assert_eq!(arn.to_string(), text);
            assert_eq!(Arn::parse(text), None, "{text}");
        }
        for (text, _) in WHOLE {
            assert_eq!(Arn::parse_pattern(text), Arn::parse(text));
        }
        for text in [
            "*",
            "arn:*",
            "arn:azure:ssm:*:*:parameter/a",
            "arn:aws:ssm:EU-*:111111111111:parameter/a",
            "arn:aws:ssm:*:1:parameter/a",
            "arn:aws:ssm:*:*:",
        ] {
            assert_eq!(Arn::parse_pattern(text), None, "{text}");
        }
    }

    #[test]
    fn names_and_secrets() {
        let of = |text| Arn::parse(text).unwrap();
        let name = |text| of(text).name();
        assert_eq!(
            name("arn:aws:ecs:eu-west-1:111111111111:service/prod/web"),
            "prod/web"
        );
        assert_eq!(name("arn:aws:sns:eu-west-1:111111111111:topic"), "topic");
        let secret = "arn:aws-cn:secretsmanager:cn-north-1:111111111111:secret:a/db-AbCdEf";
        for behind in ["", ":url::", ":url:AWSCURRENT:", ":::v"] {
            let whole = format!("{secret}{behind}");
            assert_eq!(Arn::parse(&whole).unwrap().of_secret(), secret);
        }
    }
}
