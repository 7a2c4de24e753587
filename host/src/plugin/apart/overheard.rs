//! What a process says, without the process: all that is done with its words is done with these.

use std::sync::Arc;
use std::time::Duration;

use super::answer;
use super::fault::ApartFault;
use super::talk::{Heard, converse, most, of_its_words};
use super::wire;
use crate::error::Error;
use crate::overlay::Session;
use crate::plugin::engine::Compiler;
use crate::plugin::entry::EntryInput;
use crate::plugin::error::PluginError;
use crate::plugin::limits::Limits;
use crate::plugin::load::{Kind, Plugin};
use crate::plugin::lookups::Lookups;
use crate::plugin::run::{Attempt, Ended, begin};

/// Longer than any text takes to be read.
const PATIENCE: Duration = Duration::from_secs(60);

/// What an overlay's run comes to where the process in which it runs says these bytes and hears
/// nothing: for tests, and for whoever looks for bytes that bring something down.
///
/// # Errors
/// They are no answer, or the configuration is not what the plugin's manifest takes.
pub fn overheard(
    plugin: &Plugin,
    session: &Session,
    entry: &EntryInput,
    lookups: Arc<dyn Lookups>,
    limits: &Limits,
    mut said: &[u8],
) -> Result<Attempt, Error> {
    let mut state = begin(plugin, session.draft(entry.scope()), entry, lookups, limits)?;
    let most = most(limits, false);
    let listen = |_| Ok(wire::read(&mut said, most)?);
    let heard = converse(&mut state, |_| Ok(()), listen, PATIENCE);
    match heard.map_err(|fault| of_its_words(plugin, fault, most, PATIENCE))? {
        Heard::Ended(answer) => {
            let (result, used) = answer::take(plugin, &mut state, *answer)?;
            let ended = Ended {
                result,
                state,
                used,
                compiler: Compiler::Winch,
            };
            Ok(ended.judged(Kind::Overlay))
        }
        Heard::Refused => Err(PluginError::Apart {
            plugin: plugin.full_name(),
            fault: ApartFault::NoAnswer("the compiler refuses it".to_owned()),
        }
        .into()),
    }
}
