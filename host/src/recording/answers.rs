//! Questions and replies as they stand in a file.

use serde::{Deserialize, Serialize};

use crate::edit::Failure;
use crate::plugin::{Asked, Question, Replied, Reply, Shape};

/// One question and what was replied.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Kept {
    question: Asks,
    of: String,
    answer: Answer,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Asks {
    ParameterNames,
    ParameterArn,
    ParameterKind,
    ParameterValue,
    SecretNames,
    SecretArn,
    SecretKeys,
    ImageDigest,
    FileEntries,
    FileRead,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Answer {
    Absent,
    Text(String),
    List(Vec<String>),
    Base64(String),
    Failure(KeptFailure),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptFailure {
    code: String,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

/// All that was asked, in the order of the questions.
pub fn kept(asked: &Asked) -> Vec<Kept> {
    let one = |(question, replied): (&Question, &Replied)| {
        let (question, of) = apart(question);
        Kept {
            question,
            of: of.to_owned(),
            answer: answer(replied),
        }
    };
    asked.iter().map(one).collect()
}

/// What a file says was asked.
///
/// # Errors
/// A question that stands there twice, or a reply that is none to it.
pub fn asked(kept: Vec<Kept>) -> Result<Asked, String> {
    let mut asked = Asked::new();
    for Kept {
        question,
        of,
        answer,
    } in kept
    {
        let question = together(question, of);
        let (capability, of) = question.parts();
        let told = format!("`{capability}` of `{of}`");
        let replied = replied(answer, question.shape())
            .ok_or_else(|| format!("{told} has an answer that is none to it"))?;
        if asked.insert(question, replied).is_some() {
            return Err(format!("{told} stands there twice"));
        }
    }
    Ok(asked)
}

fn answer(replied: &Replied) -> Answer {
    match replied {
        Ok(Reply::Absent) => Answer::Absent,
        Ok(Reply::Text(text)) => Answer::Text(text.clone()),
        Ok(Reply::List(list)) => Answer::List(list.clone()),
        Ok(Reply::Bytes(bytes)) => match std::str::from_utf8(bytes) {
            Ok(text) => Answer::Text(text.to_owned()),
            Err(_) => Answer::Base64(aws_smithy_types::base64::encode(bytes)),
        },
        Err(failure) => Answer::Failure(KeptFailure {
            code: failure.code.clone(),
            message: failure.message.clone(),
            hint: failure.hint.clone(),
        }),
    }
}

/// The reply, where it has the shape of its question.
fn replied(answer: Answer, shape: Shape) -> Option<Replied> {
    Some(Ok(match (answer, shape) {
        (Answer::Absent, Shape::Text) => Reply::Absent,
        (Answer::Text(text), Shape::Text) => Reply::Text(text),
        (Answer::Text(text), Shape::Bytes) => Reply::Bytes(text.into_bytes()),
        (Answer::Base64(text), Shape::Bytes) => {
            Reply::Bytes(aws_smithy_types::base64::decode(text).ok()?)
        }
        (Answer::List(list), Shape::List) => Reply::List(list),
        (
            Answer::Failure(KeptFailure {
                code,
                message,
                hint,
            }),
            _,
        ) => {
            let failure = Failure::new(&code, message);
            return Some(Err(match hint {
                Some(hint) => failure.hint(hint),
                None => failure,
            }));
        }
        _ => return None,
    }))
}

fn apart(question: &Question) -> (Asks, &str) {
    match question {
        Question::ParameterNames(of) => (Asks::ParameterNames, of),
        Question::ParameterArn(of) => (Asks::ParameterArn, of),
        Question::ParameterKind(of) => (Asks::ParameterKind, of),
        Question::ParameterValue(of) => (Asks::ParameterValue, of),
        Question::SecretNames(of) => (Asks::SecretNames, of),
        Question::SecretArn(of) => (Asks::SecretArn, of),
        Question::SecretKeys(of) => (Asks::SecretKeys, of),
        Question::ImageDigest(of) => (Asks::ImageDigest, of),
        Question::FileEntries(of) => (Asks::FileEntries, of),
        Question::FileRead(of) => (Asks::FileRead, of),
    }
}

fn together(kind: Asks, of: String) -> Question {
    match kind {
        Asks::ParameterNames => Question::ParameterNames(of),
        Asks::ParameterArn => Question::ParameterArn(of),
        Asks::ParameterKind => Question::ParameterKind(of),
        Asks::ParameterValue => Question::ParameterValue(of),
        Asks::SecretNames => Question::SecretNames(of),
        Asks::SecretArn => Question::SecretArn(of),
        Asks::SecretKeys => Question::SecretKeys(of),
        Asks::ImageDigest => Question::ImageDigest(of),
        Asks::FileEntries => Question::FileEntries(of),
        Asks::FileRead => Question::FileRead(of),
    }
}
