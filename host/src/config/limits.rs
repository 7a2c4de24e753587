//! The limits on plugins, each once: the keys of `[limits]`, the JSON Schema, the errors, the
//! figures of `plugin run --stats` and the reference are all made from this table.
//!
//! Each limit is on by default, and has a bound that no configuration can pass: whoever may write
//! acetate.toml may give a plugin more room, and cannot turn a limit off.

use std::time::Duration;

use super::format;
use super::node::{Data, Node, Table};

/// One limit.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// Its name: the key in acetate.toml, and what errors call it.
    pub name: &'static str,
    /// How it is written.
    pub unit: Unit,
    /// What is counted, as errors say it; of a [`Unit::Time`] it is counted in milliseconds.
    pub counted: &'static str,
    /// What is allowed where nothing else is said.
    pub default: u64,
    /// The most that can be allowed.
    pub most: u64,
    /// What it is about: one sentence.
    pub about: &'static str,
    get: fn(&Limits) -> u64,
    set: fn(&mut Limits, u64),
    used: fn(&Used) -> Option<u64>,
}

/// How an amount is written in acetate.toml.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// An integer.
    Count,
    /// A size such as `64MiB`.
    Bytes,
    /// A time such as `5s`.
    Time,
}

macro_rules! limits {
    ($($row:ident, $field:ident: $type:ty, $name:literal, $unit:ident($counted:literal),
        $default:expr, at most $most:expr, $about:literal;)+) => {
        /// How much a plugin may use. The defaults leave ten times what the shipped plugins need.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct Limits { $(#[doc = $about] pub $field: $type,)+ }

        /// What a run used, in the units of [`Limits`].
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub struct Used { $(#[doc = $about] pub $field: $type,)+ }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($field: Amount::of($default),)+ }
            }
        }

        impl From<Limits> for Used {
            /// As much as is allowed.
            fn from(limits: Limits) -> Self {
                Self { $($field: limits.$field,)+ }
            }
        }

        $(#[doc = $about] pub const $row: Limit = Limit {
            name: $name,
            unit: Unit::$unit,
            counted: $counted,
            default: $default,
            most: $most,
            about: $about,
            get: |limits| Amount::number(limits.$field),
            set: |limits, amount| limits.$field = Amount::of(amount),
            used: |used| Some(Amount::number(used.$field)),
        };)+

        /// Every limit that acetate.toml may set, in the order of the reference.
        pub const TABLE: &[Limit] = &[$($row),+];
    };
}

limits! {
    FUEL, fuel: u64, "fuel", Count("units of fuel"), 2_000_000_000, at most 200_000_000_000,
        "Units of work, about one for each instruction; the same for every run of one compiler.";
    WALL, wall: Duration, "wall", Time("ms"), 5_000, at most 120_000,
        "Time on the clock in the plugin itself; time in lookups is not counted.";
    LOOKUPS, lookups: Duration, "lookups", Time("ms of lookups"), 120_000, at most 900_000,
        "Time on the clock in all lookups together.";
    MEMORY, memory: usize, "memory", Bytes("bytes of memory"), 256 << 20, at most 2 << 30,
        "Bytes of all linear memories together.";
    TABLE_ELEMENTS, table_elements: usize, "table-elements", Count("elements of tables"),
        200_000, at most 5_000_000,
        "Elements of all tables together.";
    EDITS, edits: usize, "edits", Count("places set or removed"), 10_000, at most 100_000,
        "Places that one entry may set or remove.";
    EDIT_BYTES, edit_bytes: usize, "edit-bytes", Bytes("bytes of edits"), 4 << 20, at most 64 << 20,
        "Bytes of text in all edits together.";
    CALLS, calls: u64, "calls", Count("calls of the host"), 200_000, at most 20_000_000,
        "Calls of the host.";
    CALL_BYTES, call_bytes: usize, "call-bytes", Bytes("bytes in one call"), 1 << 20, at most 16 << 20,
        "Bytes of text that one call of the host takes or gives.";
    TOTAL_BYTES, total_bytes: usize, "total-bytes", Bytes("bytes in all calls"), 32 << 20, at most 512 << 20,
        "Bytes of text that all calls of the host take and give together.";
    MESSAGES, messages: usize, "messages", Count("messages"), 1_000, at most 20_000,
        "Messages that the plugin may report or trace.";
    MESSAGE_BYTES, message_bytes: usize, "message-bytes", Bytes("bytes of messages"), 256 << 10, at most 4 << 20,
        "Bytes of these messages together.";
    COMPONENT_BYTES, component_bytes: usize, "component-bytes", Bytes("bytes of the component"), 64 << 20, at most 256 << 20,
        "Bytes of the component.";
    COMPILE_MEMORY, compile_memory: u64, "compile-memory", Bytes("bytes of memory to compile it"), 1 << 30, at most 8 << 30,
        "Bytes of address space of the process that compiles the component.";
    COMPILE_CPU, compile_cpu: Duration, "compile-cpu", Time("ms of all processors to compile it"), 120_000, at most 1_800_000,
        "Time of all processors together in which it compiles, in whole seconds.";
    COMPILE_WALL, compile_wall: Duration, "compile-wall", Time("ms to compile it"), 120_000, at most 900_000,
        "Time on the clock in which it compiles.";
    COMPILE_CODE, compile_code: usize, "compile-code", Bytes("bytes of compiled code"), 256 << 20, at most 1 << 30,
        "Bytes of native code that come out.";
}

/// Limits that hold for every plugin alike and that acetate.toml cannot set.
pub const FIXED: &[Limit] = &[STACK, INSTANCES, MEMORIES, TABLES, HANDLES];

/// Bytes of stack.
pub const STACK: Limit = Limit {
    unit: Unit::Bytes,
    ..fixed(
        "stack",
        "bytes of stack",
        512 << 10,
        "Bytes of stack: how deep functions may call each other.",
    )
};

/// Core instances.
pub const INSTANCES: Limit = fixed(
    "instances",
    "instances of modules",
    1_000,
    "Instances of core modules that the component is made of.",
);

/// Linear memories.
pub const MEMORIES: Limit = fixed(
    "memories",
    "memories",
    100,
    "Linear memories, of whatever size.",
);

/// Tables.
pub const TABLES: Limit = fixed("tables", "tables", 1_000, "Tables, of whatever size.");

/// Handles of resources.
pub const HANDLES: Limit = fixed(
    "handles",
    "handles of resources",
    10_000,
    "Handles of resources that are held at one time.",
);

const fn fixed(
    name: &'static str,
    counted: &'static str,
    amount: u64,
    about: &'static str,
) -> Limit {
    Limit {
        name,
        unit: Unit::Count,
        counted,
        default: amount,
        most: amount,
        about,
        get: |_| 0,
        set: |_, _| {},
        used: |_| None,
    }
}

/// What a limit is kept as.
trait Amount {
    fn of(number: u64) -> Self;
    fn number(self) -> u64;
}

impl Amount for u64 {
    fn of(number: u64) -> Self {
        number
    }
    fn number(self) -> u64 {
        self
    }
}

impl Amount for usize {
    fn of(number: u64) -> Self {
        Self::try_from(number).unwrap_or(Self::MAX)
    }
    fn number(self) -> u64 {
        self as u64
    }
}

impl Amount for Duration {
    fn of(number: u64) -> Self {
        Self::from_millis(number)
    }
    fn number(self) -> u64 {
        u64::try_from(self.as_millis()).unwrap_or(u64::MAX)
    }
}

impl Limit {
    /// What these limits allow, in the limit's own unit.
    #[must_use]
    pub fn allowed(&self, limits: &Limits) -> u64 {
        if self.is_fixed() {
            self.default
        } else {
            (self.get)(limits)
        }
    }

    /// What a run used of it; `None` where nobody counts.
    #[must_use]
    pub fn used(&self, used: &Used) -> Option<u64> {
        let counted = self.used_by_compiler(used) != Some(0);
        (self.used)(used).filter(|_| counted)
    }

    /// What compiling it used: 0 where the code was there before, or where nobody looked.
    fn used_by_compiler(&self, used: &Used) -> Option<u64> {
        let is = self.name.starts_with("compile-");
        is.then(|| (self.used)(used)).flatten()
    }

    /// Whether no configuration changes it.
    #[must_use]
    pub const fn is_fixed(&self) -> bool {
        self.default == self.most
    }

    /// An amount as acetate.toml has it, without quotes: `64MiB`, `5s`, `1000`.
    #[must_use]
    pub fn written(&self, amount: u64) -> String {
        match self.unit {
            Unit::Count => amount.to_string(),
            Unit::Bytes => format::written_size(amount),
            Unit::Time if amount.is_multiple_of(60_000) && amount > 0 => {
                format!("{}m", amount / 60_000)
            }
            Unit::Time => format!("{}s", amount.div_ceil(1000)),
        }
    }

    /// The line that allows an amount, as `memory = "64MiB"`.
    #[must_use]
    pub fn line(&self, amount: u64) -> String {
        let (name, written) = (self.name, self.written(amount));
        match self.unit {
            Unit::Count => format!("{name} = {written}"),
            Unit::Bytes | Unit::Time => format!("{name} = \"{written}\""),
        }
    }

    /// What it takes, for "expected …".
    #[must_use]
    pub const fn expected(&self) -> &'static str {
        match self.unit {
            Unit::Count => "an integer from 0",
            Unit::Bytes => format::SIZE,
            Unit::Time => "a time such as `15m`",
        }
    }

    /// The amount in a text, within the bound.
    ///
    /// # Errors
    /// What is wrong, as a fragment.
    pub fn parse(&self, text: &str) -> Result<u64, String> {
        let amount = match self.unit {
            Unit::Count => text
                .parse::<u64>()
                .map_err(|_| format!("expected {}, found `{text}`", self.expected()))?,
            Unit::Bytes => format::size(text)?,
            Unit::Time => u64::try_from(format::duration(text)?.as_millis()).unwrap_or(u64::MAX),
        };
        self.within(amount).map(|()| amount)
    }

    fn within(&self, amount: u64) -> Result<(), String> {
        if amount <= self.most {
            return Ok(());
        }
        let (name, most, found) = (self.name, self.written(self.most), self.written(amount));
        Err(format!(
            "limit `{name}` cannot be more than `{most}`, found `{found}`"
        ))
    }

    /// The amount that was written; `None` where it is of another type.
    pub(super) fn read(&self, node: &Node) -> Option<Result<u64, String>> {
        match (self.unit, &node.data) {
            (Unit::Count, Data::Integer(number)) => {
                let amount = u64::try_from(*number).ok()?;
                Some(self.within(amount).map(|()| amount))
            }
            (Unit::Bytes | Unit::Time, Data::Text(text)) => Some(self.parse(text)),
            _ => None,
        }
    }

    /// The limits with this one set, in its own unit.
    #[must_use]
    pub fn set(&self, limits: Limits, amount: u64) -> Limits {
        let mut limits = limits;
        (self.set)(&mut limits, amount);
        limits
    }
}

/// The limit of this name that acetate.toml may set.
#[must_use]
pub fn named(name: &str) -> Option<&'static Limit> {
    TABLE.iter().find(|limit| limit.name == name)
}

impl Limits {
    /// These limits with what a table says, which was checked before.
    pub(super) fn with(self, table: Option<&Table>) -> Self {
        let fields = table.map_or(&[][..], |table| &table.fields);
        fields.iter().fold(self, |limits, field| {
            let amount = |limit: &Limit| limit.read(&field.value)?.ok();
            match named(&field.name).and_then(|limit| Some((limit, amount(limit)?))) {
                Some((limit, amount)) => limit.set(limits, amount),
                None => limits,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_is_set_and_read_by_its_own_row() {
        for limit in TABLE {
            let limits = limit.set(Limits::default(), limit.most);
            for other in TABLE {
                let expected = if other.name == limit.name {
                    limit.most
                } else {
                    other.default
                };
                assert_eq!(other.allowed(&limits), expected, "{}", other.name);
            }
            assert!(limit.default < limit.most, "{}", limit.name);
            assert_eq!(
                limit.parse(&limit.written(limit.default)),
                Ok(limit.default)
            );
            assert_eq!(limit.parse(&limit.written(limit.most)), Ok(limit.most));
            let compiles = limit.name.starts_with("compile-");
            let nothing = (!compiles).then_some(0);
            assert_eq!(limit.used(&Used::default()), nothing, "{}", limit.name);
        }
        for limit in FIXED {
            assert!(limit.is_fixed() && named(limit.name).is_none());
            assert_eq!(limit.allowed(&Limits::default()), limit.default);
        }
    }

    #[test]
    fn nothing_passes_the_bound() {
        for (limit, text, message) in [
            (
                MEMORY,
                "3GiB",
                "limit `memory` cannot be more than `2GiB`, found `3GiB`",
            ),
            (
                WALL,
                "1h",
                "limit `wall` cannot be more than `2m`, found `60m`",
            ),
            (
                EDITS,
                "100001",
                "limit `edits` cannot be more than `100000`, found `100001`",
            ),
            (EDITS, "-1", "expected an integer from 0, found `-1`"),
        ] {
            assert_eq!(limit.parse(text), Err(message.to_owned()));
        }
    }
}
