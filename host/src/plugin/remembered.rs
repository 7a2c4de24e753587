//! Each question is asked once in a run.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use super::lookups::{Late, Lookups, Question, Replied, Reply};

/// All that was asked in a run, with what was replied.
pub type Asked = BTreeMap<Question, Replied>;

/// [`Lookups`] that keep each reply, failures too: a plugin gets the same whether another plugin
/// asked before it or not, and so does whoever asks twice.
pub struct Remembered {
    source: Arc<dyn Lookups>,
    known: Mutex<Asked>,
}

impl Remembered {
    /// Nothing was asked yet.
    #[must_use]
    pub fn new(source: Arc<dyn Lookups>) -> Self {
        Self {
            source,
            known: Mutex::default(),
        }
    }

    /// All that was asked so far.
    #[must_use]
    pub fn asked(&self) -> Asked {
        self.known().clone()
    }

    fn known(&self) -> MutexGuard<'_, Asked> {
        self.known.lock().expect("nothing panics while it is held")
    }
}

impl Lookups for Remembered {
    fn ask(&self, question: &Question, within: Duration) -> Result<Replied, Late> {
        if let Some(known) = self.known().get(question) {
            return Ok(known.clone());
        }
        let replied = self.source.ask(question, within)?;
        self.known().insert(question.clone(), replied.clone());
        Ok(replied)
    }
}

/// What stands for something that can change behind a reference: ARNs and digests.
#[must_use]
pub fn referents(asked: &Asked) -> Vec<String> {
    let is_reference = |question: &Question| {
        matches!(
            question,
            Question::ParameterArn(_) | Question::SecretArn(_) | Question::ImageDigest(_)
        )
    };
    asked
        .iter()
        .filter(|(question, _)| is_reference(question))
        .filter_map(|(_, replied)| match replied {
            Ok(Reply::Text(text)) => Some(text.clone()),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::Failure;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Counts what it is asked, and replies differently each time.
    #[derive(Default)]
    struct Fickle(AtomicUsize);

    impl Lookups for Fickle {
        fn ask(&self, question: &Question, within: Duration) -> Result<Replied, Late> {
            let before = self.0.fetch_add(1, Ordering::Relaxed);
            match question {
                _ if within.is_zero() => Err(Late),
                Question::SecretKeys(_) => Ok(Err(Failure::new("unavailable", before.to_string()))),
                _ => Ok(Ok(Reply::Text(before.to_string()))),
            }
        }
    }

    #[test]
    fn a_question_is_asked_once_and_replied_to_the_same() {
        let fickle = Arc::new(Fickle::default());
        let lookups = Remembered::new(Arc::clone(&fickle) as Arc<dyn Lookups>);
        let ask = |question: &Question| lookups.ask(question, Duration::from_secs(1)).unwrap();
        let (arn, keys) = (
            Question::ParameterArn("/a".into()),
            Question::SecretKeys("a".into()),
        );
        let first = (ask(&arn), ask(&keys));
        assert_eq!(first.0, Ok(Reply::Text("0".to_owned())));
        assert_eq!(first.1.as_ref().unwrap_err().message, "1");
        assert_eq!((ask(&arn), ask(&keys)), first);
        assert_eq!(fickle.0.load(Ordering::Relaxed), 2);
        assert_eq!(referents(&lookups.asked()), ["0"]);
    }

    #[test]
    fn what_came_late_is_not_kept() {
        let lookups = Remembered::new(Arc::new(Fickle::default()));
        let kind = Question::ParameterKind("/a".into());
        assert_eq!(lookups.ask(&kind, Duration::ZERO), Err(Late));
        assert!(lookups.asked().is_empty());
    }
}
