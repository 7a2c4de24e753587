//! AWS's words in events: containers and their configuration are quoted there.

use std::borrow::Cow;

use super::line;
use crate::event::{ContainerEnd, Event};

/// An event as it may be told, whoever reads it.
#[must_use]
pub fn event(event: &Event) -> Cow<'_, Event> {
    let mut told = Cow::Borrowed(event);
    match event {
        Event::ServiceEvent(_)
        | Event::TasksFailed(_)
        | Event::TaskEnded(_)
        | Event::Why(_)
        | Event::Verdict(_) => hide(told.to_mut()),
        _ => {}
    }
    told
}

fn hide(event: &mut Event) {
    let ends = |containers: &mut Vec<ContainerEnd>| {
        for reason in containers.iter_mut().filter_map(|c| c.reason.as_mut()) {
            words(reason);
        }
    };
    match event {
        Event::ServiceEvent(said) => words(&mut said.message),
        Event::TasksFailed(tasks) => {
            tasks.reason.iter_mut().for_each(words);
            ends(&mut tasks.containers);
        }
        Event::TaskEnded(task) => {
            task.reason.iter_mut().for_each(words);
            ends(&mut task.containers);
        }
        Event::Why(why) => words(&mut why.message),
        Event::Verdict(verdict) => verdict.message.iter_mut().for_each(words),
        _ => {}
    }
}

fn words(text: &mut String) {
    *text = line(text, &[]);
}
