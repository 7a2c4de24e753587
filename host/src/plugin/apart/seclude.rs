//! What the process that runs a plugin does to itself once it was given its task, so that code
//! which left the sandbox finds nothing there: no file, no network, no program, no other process.
//!
//! It can read what it was given, think, start threads, and write to the pipe that it answers on.

/// Shuts this thread in, and all that it starts from here on; gives the names of what this system
/// does not have. There is no way back.
#[cfg(target_os = "linux")]
pub fn seclude() -> Vec<&'static str> {
    // The order matters: a filter of calls does not let the other one in.
    let doors = [("Landlock", landlock()), ("seccomp", seccomp::shut())];
    let open = doors.into_iter().filter(|(_, is_shut)| !is_shut);
    open.map(|(name, _)| name).collect()
}

/// Other systems have neither.
#[cfg(not(target_os = "linux"))]
pub fn seclude() -> Vec<&'static str> {
    vec!["Landlock", "seccomp"]
}

/// No file, no port, no signal to anybody else. No path is an exception.
#[cfg(target_os = "linux")]
fn landlock() -> bool {
    use landlock::{ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetStatus, Scope};
    // As much of this as the kernel knows.
    let newest = ABI::V6;
    let shut = || {
        Ruleset::default()
            .handle_access(AccessFs::from_all(newest))?
            .handle_access(AccessNet::from_all(newest))?
            .scope(Scope::from_all(newest))?
            .create()?
            .restrict_self()
    };
    let shut = shut();
    shut.is_ok_and(|status| status.ruleset != RulesetStatus::NotEnforced)
}

#[cfg(target_os = "linux")]
mod seccomp {
    use std::collections::BTreeMap;

    use seccompiler::SeccompCmpArgLen::{Dword, Qword};
    use seccompiler::SeccompCmpOp::{Eq, MaskedEq};
    use seccompiler::{
        BpfProgram, Error, SeccompAction, SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
        apply_filter,
    };

    /// What takes nothing but what is there already: memory, threads, time, and the pipes.
    const ALLOWED: &[i64] = &[
        libc::SYS_brk,
        libc::SYS_clock_gettime,
        libc::SYS_clock_nanosleep,
        libc::SYS_close,
        libc::SYS_exit,
        libc::SYS_exit_group,
        libc::SYS_fstat,
        libc::SYS_futex,
        libc::SYS_getpid,
        libc::SYS_getrandom,
        libc::SYS_gettid,
        libc::SYS_lseek,
        libc::SYS_madvise,
        libc::SYS_membarrier,
        libc::SYS_mmap,
        libc::SYS_mprotect,
        libc::SYS_mremap,
        libc::SYS_munmap,
        libc::SYS_nanosleep,
        libc::SYS_read,
        libc::SYS_readv,
        libc::SYS_restart_syscall,
        libc::SYS_rseq,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_sched_getaffinity,
        libc::SYS_sched_yield,
        libc::SYS_set_robust_list,
        libc::SYS_sigaltstack,
        libc::SYS_write,
        libc::SYS_writev,
    ];

    /// What is said not to exist, for whom that is no error. The arguments of `clone3` are in memory,
    /// where no filter sees them: without it, threads are started by `clone`. Without files in
    /// memory, wasmtime copies the first content of a plugin's memory.
    const UNKNOWN: [i64; 2] = [libc::SYS_clone3, libc::SYS_memfd_create];

    /// All that is not refused outright.
    #[cfg(test)]
    pub fn numbers() -> Vec<i64> {
        allowed()
            .map(|rules| rules.into_keys().collect())
            .unwrap_or_default()
    }

    /// Shuts; whether it could.
    pub fn shut() -> bool {
        let shut = || -> Result<(), Error> {
            apply_filter(&program(
                BTreeMap::from(UNKNOWN.map(|call| (call, Vec::new()))),
                SeccompAction::Allow,
                SeccompAction::Errno(libc::ENOSYS.unsigned_abs()),
            )?)?;
            apply_filter(&program(
                allowed()?,
                SeccompAction::Errno(libc::EPERM.unsigned_abs()),
                SeccompAction::Allow,
            )?)
        };
        shut().is_ok()
    }

    fn program(
        rules: BTreeMap<i64, Vec<SeccompRule>>,
        otherwise: SeccompAction,
        these: SeccompAction,
    ) -> Result<BpfProgram, Error> {
        let here = TargetArch::try_from(std::env::consts::ARCH)?;
        let filter = SeccompFilter::new(rules, otherwise, these, here)?;
        Ok(filter.try_into()?)
    }

    fn allowed() -> Result<BTreeMap<i64, Vec<SeccompRule>>, Error> {
        let thread = libc::CLONE_THREAD as u64;
        // With none of what would give it a view of its own of files, networks or users.
        let views = libc::CLONE_NEWNS
            | libc::CLONE_NEWCGROUP
            | libc::CLONE_NEWUTS
            | libc::CLONE_NEWIPC
            | libc::CLONE_NEWUSER
            | libc::CLONE_NEWPID
            | libc::CLONE_NEWNET;
        let views = u64::from(views.unsigned_abs());
        let own = u64::from(std::process::id());
        let name = libc::PR_SET_NAME as u64;
        let vma = libc::PR_SET_VMA as u64;
        let when = |at, length, how, value| -> Result<SeccompRule, Error> {
            let condition = SeccompCondition::new(at, length, how, value)?;
            Ok(SeccompRule::new(vec![condition])?)
        };
        let some = [
            // Threads, no processes.
            (
                libc::SYS_clone,
                vec![when(0, Qword, MaskedEq(thread | views), thread)?],
            ),
            // Names of threads and of memory.
            (
                libc::SYS_prctl,
                vec![when(0, Dword, Eq, name)?, when(0, Dword, Eq, vma)?],
            ),
            // Its own limits, which only go down but for the step that was left for later.
            (libc::SYS_prlimit64, vec![when(0, Dword, Eq, 0)?]),
            // Its own end.
            (libc::SYS_tgkill, vec![when(0, Dword, Eq, own)?]),
        ];
        // The other filter says what becomes of these.
        let left = UNKNOWN.map(|call| (call, Vec::new()));
        let all = ALLOWED.iter().map(|call| (*call, Vec::new()));
        Ok(all.chain(some).chain(left).collect())
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::seclude;
    use std::fs::File;
    use std::net::{TcpListener, TcpStream, UdpSocket};
    use std::os::unix::net::UnixStream;
    use std::process::Command;

    /// The errors of what code that got out would try, one line each, in a thread of its own.
    fn tried() -> (Vec<&'static str>, Vec<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("it is there");
        let at = listener.local_addr().expect("it is there");
        let thread = std::thread::spawn(move || {
            let lacks = seclude();
            let told = |name: &str, done: std::io::Result<()>| match done {
                Ok(()) => format!("{name}: done"),
                Err(error) => format!("{name}: {}", error.kind()),
            };
            let tried = vec![
                told("read a file", File::open("/proc/self/environ").map(drop)),
                told("write a file", File::create("/tmp/acetate-out").map(drop)),
                told("connect", TcpStream::connect(at).map(drop)),
                told("listen", TcpListener::bind("127.0.0.1:0").map(drop)),
                told("send", UdpSocket::bind("127.0.0.1:0").map(drop)),
                told("pair", UnixStream::pair().map(drop)),
                told("start", Command::new("/bin/true").spawn().map(drop)),
                told("remove", std::fs::remove_file("/tmp/acetate-out")),
                told("look around", std::fs::read_dir("/").map(drop)),
                told("kill", kill()),
                // What it needs: memory and threads.
                told(
                    "think",
                    std::thread::Builder::new()
                        .spawn(|| vec![1_u8; 1 << 20])
                        .map(drop),
                ),
            ];
            (lacks, tried)
        });
        thread.join().expect("it did not panic")
    }

    fn kill() -> std::io::Result<()> {
        let own = rustix::process::getpid();
        rustix::process::test_kill_process(own).map_err(Into::into)
    }

    #[test]
    fn whoever_is_shut_in_reaches_nothing() {
        let (lacks, tried) = tried();
        assert!(!lacks.contains(&"seccomp"), "this kernel has no seccomp");
        let (think, others) = tried.split_last().unwrap();
        assert_eq!(think, "think: done");
        for other in others {
            assert!(other.ends_with(": permission denied"), "{other}");
        }
        // Only that thread is shut in, not this one.
        File::open("/proc/self/status").unwrap();
    }

    /// What comes of calls by their number, with arguments that no call can do anything with:
    /// addresses that are none, a process that is none.
    #[expect(
        unsafe_code,
        reason = "calls by number, which no safe function makes; what one may do with these \
                  arguments is end this thread or nothing"
    )]
    fn errors_of(calls: Vec<i64>) -> Vec<(i64, i32)> {
        let thread = std::thread::spawn(move || {
            seclude();
            let try_it = |call: i64| {
                let (none, nobody) = (1_usize, -1_i64);
                // SAFETY: no argument is an address of this process.
                let done = unsafe { libc::syscall(call, nobody, none, none, none, none, none) };
                let error = std::io::Error::last_os_error().raw_os_error();
                (call, if done == -1 { error.unwrap_or(0) } else { 0 })
            };
            calls.into_iter().map(try_it).collect()
        });
        thread.join().expect("it did not panic")
    }

    /// Not a list of what is known to be bad, but every number that a kernel may know, also of the
    /// other way in that 64-bit processors of Intel's kind have.
    #[test]
    fn every_call_that_is_not_on_the_list_is_refused() {
        let allowed = super::seccomp::numbers();
        let is_refused = |call: &i64| !allowed.contains(call);
        // Return points of the kernel's own probes, which it lets through any filter: a call from
        // anywhere else ends the process.
        let probes = if cfg!(target_arch = "x86_64") {
            335..337
        } else {
            0..0
        };
        let mut calls: Vec<i64> = (0..1024).filter(is_refused).collect();
        calls.retain(|call| !probes.contains(call));
        if cfg!(target_arch = "x86_64") {
            calls.extend((0..1024).map(|call| call | 0x4000_0000));
        }
        for (call, error) in errors_of(calls) {
            assert_eq!(error, libc::EPERM, "call {call}");
        }
        // A few by name, so that it is seen that the numbers mean what they should.
        for call in [
            libc::SYS_openat,
            libc::SYS_socket,
            libc::SYS_execve,
            libc::SYS_ptrace,
            libc::SYS_bpf,
            libc::SYS_io_uring_setup,
            libc::SYS_process_vm_readv,
            libc::SYS_unshare,
            libc::SYS_mount,
            libc::SYS_keyctl,
            libc::SYS_kill,
            libc::SYS_ioctl,
        ] {
            assert!(is_refused(&call), "{call}");
        }
    }

    /// Of calls that are on the list for one purpose, the others are refused.
    #[test]
    fn calls_for_one_purpose_are_refused_for_others() {
        let unknown = errors_of(vec![libc::SYS_clone3, libc::SYS_memfd_create]);
        assert!(
            unknown.iter().all(|(_, error)| *error == libc::ENOSYS),
            "{unknown:?}"
        );
        // With these arguments: every flag there is, no known option, no process of its own.
        let other = vec![
            libc::SYS_clone,
            libc::SYS_prctl,
            libc::SYS_prlimit64,
            libc::SYS_tgkill,
        ];
        let refused = errors_of(other);
        assert!(
            refused.iter().all(|(_, error)| *error == libc::EPERM),
            "{refused:?}"
        );
    }
}
