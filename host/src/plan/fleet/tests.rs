//! Shards and waves.

use proptest::prelude::*;

use super::*;

fn named(of: usize, name: &str, after: &[&str]) -> Named {
    Named {
        of,
        name: name.to_owned(),
        after: after.iter().map(|n| (*n).to_owned()).collect(),
    }
}

fn shard(text: &str) -> Shard {
    text.parse().unwrap()
}

#[test]
fn a_shard_is_a_number_of_a_number() {
    assert_eq!(shard("2/8"), Shard { number: 2, of: 8 });
    for bad in ["", "2", "0/8", "9/8", "2/0", "a/b", "-1/2"] {
        assert!(bad.parse::<Shard>().is_err(), "{bad}");
    }
}

#[test]
fn services_that_wait_for_one_another_stay_in_one_job() {
    let all = [
        named(0, "db", &[]),
        named(0, "api", &["db"]),
        named(0, "web", &["api", "none"]),
        named(1, "api", &[]),
        named(1, "web", &[]),
        named(0, "mail", &[]),
    ];
    assert_eq!(of_shard(&all, shard("1/2")), [0, 1, 2]);
    assert_eq!(of_shard(&all, shard("2/2")), [3, 4, 5]);
}

#[test]
fn a_wave_is_names_a_number_or_a_percentage() {
    let names = Wave::Names(vec!["web".to_owned(), "api".to_owned()]);
    assert_eq!("web, api".parse(), Ok(names));
    assert_eq!("5".parse(), Ok(Wave::Count(5)));
    assert_eq!("10%".parse(), Ok(Wave::Percent(10)));
    for bad in ["", "0", "0%", "101%", "web,", "-%"] {
        assert!(bad.parse::<Wave>().is_err(), "{bad}");
    }
}

#[test]
fn what_is_in_no_wave_comes_last() {
    let all = ["a", "b", "c", "d", "e"];
    let of = |texts: &[&str]| {
        let asked: Vec<Wave> = texts.iter().map(|t| t.parse().unwrap()).collect();
        waves(&all, &asked)
    };
    assert_eq!(of(&[]), [0, 0, 0, 0, 0]);
    assert_eq!(of(&["d"]), [1, 1, 1, 0, 1]);
    assert_eq!(of(&["d", "2"]), [1, 1, 2, 0, 2]);
    assert_eq!(of(&["1%", "50%"]), [0, 1, 1, 1, 2]);
    assert_eq!(of(&["c,a", "a,b"]), [0, 1, 0, 2, 2]);
    assert_eq!(of(&["9"]), [0, 0, 0, 0, 0]);
}

proptest! {
    #[test]
    fn each_service_is_in_one_shard_and_shards_are_even(n in 0_usize..200, of in 1_u32..12) {
        let all: Vec<Named> = (0..n).map(|i| named(0, &format!("s{i}"), &[])).collect();
        let jobs = (1..=of).map(|number| of_shard(&all, Shard { number, of }));
        let jobs: Vec<Vec<usize>> = jobs.collect();
        let mut seen: Vec<usize> = jobs.iter().flatten().copied().collect();
        seen.sort_unstable();
        prop_assert_eq!(seen, (0..n).collect::<Vec<_>>());
        let sizes = jobs.iter().map(Vec::len);
        let (least, most) = (sizes.clone().min().unwrap(), sizes.max().unwrap());
        prop_assert!(most - least <= 1);
    }
}
