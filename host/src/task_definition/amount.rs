//! The notations of task-level cpu and memory.
//!
//! ECS takes `"1024"` and `"1 vCPU"`, `"2048"` and `"2 GB"`, in any letter case and with or
//! without the space, and answers with the plain numbers. See
//! [task size](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#task_size).

/// CPU units (1024 to the virtual CPU) of a task-level `cpu`; `None` for what is no amount.
#[must_use]
pub fn cpu_units(text: &str) -> Option<u64> {
    amount(text, "vcpu")
}

/// MiB of a task-level `memory`; `None` for what is no amount.
#[must_use]
pub fn memory_mib(text: &str) -> Option<u64> {
    amount(text, "gb")
}

/// A plain whole number, or a decimal number of `unit`, of which one is 1024.
fn amount(text: &str, unit: &str) -> Option<u64> {
    let text = text.trim().to_ascii_lowercase();
    match text.strip_suffix(unit) {
        None => digits(&text),
        Some(number) => thousandths(number.trim_end()).and_then(|n| {
            let scaled = n.checked_mul(1024)?;
            (scaled % 1000 == 0).then_some(scaled / 1000)
        }),
    }
}

fn digits(text: &str) -> Option<u64> {
    let all = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    all.then(|| text.parse().ok())?
}

/// `0.25`, `.25` and `1` in thousandths, without a detour over binary fractions.
fn thousandths(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let whole = if whole.is_empty() { 0 } else { digits(whole)? };
    if text.is_empty() || fraction.is_empty() || fraction.len() > 3 {
        return None;
    }
    let scale = [100, 10, 1][fraction.len() - 1];
    whole
        .checked_mul(1000)?
        .checked_add(digits(fraction)? * scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notation_of_the_documentation() {
        for (text, expected) in [
            ("1024", Some(1024)),
            ("1 vCPU", Some(1024)),
            ("1vcpu", Some(1024)),
            (".25 vCPU", Some(256)),
            ("0.5 vCPU", Some(512)),
            ("16 VCPU", Some(16_384)),
            ("", None),
            ("vCPU", None),
            ("1,5 vCPU", None),
            ("-1", None),
            ("one", None),
            ("1.0001 vCPU", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(cpu_units(text), expected, "{text}");
        }
        for (text, expected) in [
            ("2048", Some(2048)),
            ("2 GB", Some(2048)),
            ("0.5GB", Some(512)),
            ("30gb", Some(30_720)),
            ("2 MB", None),
        ] {
            assert_eq!(memory_mib(text), expected, "{text}");
        }
    }
}
