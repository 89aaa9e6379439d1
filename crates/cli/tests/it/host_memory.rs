//! The memory of the whole host runs out. Each of these runs in a real memory cgroup.

use std::sync::Arc;

use futures::future::join_all;
use pythonide_protocol::socket::{EndCause, FromServer, RunState};
use pythonide_testkit::{memory_group::MemoryGroup, processes};

use crate::{
    browser::{Console, Heard},
    product::{Product, Setup, World},
};

const MB: u64 = 1 << 20;
/// Takes so much memory and holds it.
const HOLDS: &str =
    "size = int(input('MB? '))\nheld = bytearray(size << 20)\nprint('holds', size)\ninput()\n";

/// A product, the group that it is in, and the names of its students.
type Crowd = (Product, Arc<MemoryGroup>, Vec<String>);

/// A product that may have so much memory, with so many students; `None` where that cannot be made.
fn crowd(world: World, bytes: u64, students: usize, settings: &[&str]) -> Option<Crowd> {
    let group = Arc::new(MemoryGroup::make(bytes)?);
    let names: Vec<_> = (0..students)
        .map(|number| format!("student{number}"))
        .collect();
    let setup = Setup::of_tests()
        .within(world)
        .with_students(&names)
        .within_memory(Arc::clone(&group));
    let setup = setup.with(&["--run-memory-mb", "1024"]).with(settings);
    Some((setup.start(), group, names))
}

/// A program of each that waits to be told how much memory to take.
async fn programs(product: &Product, names: &[String]) -> Vec<Console> {
    let mut programs = Vec::new();
    for name in names {
        let mut console = product.sign_in(name).await.run("holds.py", HOLDS).await;
        console.wait_for("MB? ").await;
        programs.push(console);
    }
    programs
}

/// How each ended; `None` for those that hold what they wanted.
async fn outcomes(programs: &mut [Console]) -> Vec<Option<EndCause>> {
    let outcomes = programs.iter_mut().map(async |program| {
        loop {
            if program.text().contains("holds") {
                return None;
            }
            if !program.marks.is_empty() {
                return Some(program.script_end().await.cause);
            }
            program.step().await;
        }
    });
    join_all(outcomes).await
}

async fn takes(console: &mut Console, bytes: u64) {
    console.type_in(&format!("{}\n", bytes / MB)).await;
}

/// All that is the product's own: server, host, keeper and zygotes.
fn own_processes(product: &Product) -> Vec<i32> {
    let is_own = |pid: &i32| {
        let words = processes::command(*pid);
        let is_part = ["server", "host", "keeper"]
            .iter()
            .any(|name| words.get(1).is_some_and(|word| word == name));
        is_part || is_zygote(*pid)
    };
    let mut own: Vec<_> = product.processes().into_iter().filter(is_own).collect();
    own.sort_unstable();
    own
}

/// Those of them that stay: a zygote's child has no tag for a moment.
fn lasting_processes(product: &Product) -> Vec<i32> {
    let mut own = own_processes(product);
    let later = own_processes(product);
    own.retain(|pid| later.contains(pid));
    own
}

/// Asserts that all of these are there still.
fn assert_alive(own: &[i32]) {
    for pid in own {
        assert!(processes::is_alive(*pid), "{own:?}");
    }
}

/// Its children have its command too, and a tag.
fn is_zygote(pid: i32) -> bool {
    let words = processes::command(pid);
    let is_python = words.get(1).is_some_and(|word| word.ends_with("zygote.py"));
    is_python && !processes::is_tagged(pid)
}

fn score(pid: i32) -> i32 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/oom_score_adj")).unwrap();
    text.trim().parse().unwrap()
}

#[tokio::test]
async fn the_largest_program_ends_when_memory_runs_out() {
    the_largest_ends(World::AsItIs).await;
}

#[tokio::test]
async fn the_largest_program_ends_in_a_container_too() {
    for world in World::all().filter(|world| world.is_container()) {
        the_largest_ends(world).await;
    }
}

async fn the_largest_ends(world: World) {
    let Some((product, group, names)) = crowd(world, 1 << 30, 11, &[]) else {
        return;
    };
    let mut programs = programs(&product, &names).await;
    let (own, free) = (lasting_processes(&product), group.free());
    let mut largest = programs.remove(0);
    takes(&mut largest, free * 2 / 5).await;
    largest.wait_for("holds").await;
    // All together want more than there is, and without the largest all have enough.
    for other in &mut programs {
        takes(other, free * 13 / 20 / 10).await;
        other.wait_for("holds").await;
    }
    let end = largest.script_end().await;
    assert_eq!((end.cause, end.limit), (EndCause::HostMemory, None));
    assert!(end.peak_memory_bytes > free / 3, "{end:?}");
    for other in &mut programs {
        other.type_in("\n").await;
        assert_eq!(other.script_end().await.cause, EndCause::Finished);
    }
    assert_eq!(group.killed(), 0, "{}", product.log());
    assert_alive(&own);
}

#[tokio::test]
async fn the_kernel_ends_nothing_when_all_want_memory_at_once() {
    let Some((product, group, names)) = crowd(World::AsItIs, 1 << 30, 10, &[]) else {
        return;
    };
    let mut programs = programs(&product, &names).await;
    let (own, free) = (lasting_processes(&product), group.free());
    for program in &mut programs {
        takes(program, free / 4).await;
    }
    let outcomes = outcomes(&mut programs).await;
    assert_eq!(group.killed(), 0, "{}", product.log());
    assert_alive(&own);
    let ended = outcomes.iter().flatten();
    assert!(
        ended.clone().all(|cause| *cause == EndCause::HostMemory),
        "{outcomes:?}"
    );
    assert!((6..10).contains(&ended.count()), "{outcomes:?}");
}

#[tokio::test]
async fn sixty_students_leave_server_host_and_zygotes_alone() {
    let Some((product, group, names)) = crowd(World::AsItIs, 2 << 30, 60, &[]) else {
        return;
    };
    let mut programs = programs(&product, &names).await;
    let own = lasting_processes(&product);
    for program in &mut programs {
        takes(program, 40 * MB).await;
    }
    outcomes(&mut programs).await;
    let mut causes = Vec::new();
    for program in &mut programs {
        // Those that hold what they wanted may have been ended since.
        program.type_in("\n").await;
        causes.push(program.script_end().await.cause);
    }
    assert_alive(&own);
    let count = |cause| causes.iter().filter(|found| **found == cause).count();
    // On a machine that has more to do the kernel may come first.
    let (by_us, by_kernel) = (count(EndCause::HostMemory), count(EndCause::Error));
    assert!(by_kernel as u64 <= group.killed(), "{causes:?}");
    let finished = count(EndCause::Finished);
    assert_eq!(finished + by_us + by_kernel, 60, "{causes:?}");
    assert!(by_us > 0 && finished >= 20, "{causes:?}");
    println!("ended by the keeper: {by_us}, by the kernel: {by_kernel}");
}

#[tokio::test]
async fn a_start_waits_until_there_is_memory_again() {
    // Wide apart, for the packages are loaded meanwhile.
    let settings = ["--free-memory-mb", "400", "--reserve-memory-mb", "64"];
    let Some((product, group, names)) = crowd(World::AsItIs, 1 << 30, 2, &settings) else {
        return;
    };
    let mut programs = programs(&product, &names[..1]).await;
    let mut holder = programs.remove(0);
    // Less than a start needs, and more than the reserve.
    takes(&mut holder, group.free() - 250 * MB).await;
    holder.wait_for("holds").await;
    let waiting = product.sign_in(&names[1]).await;
    let mut console = waiting.run("hello.py", "print('hello')\n").await;
    assert_eq!(console.state, RunState::Queued, "{}", group.free());
    let (mut page, run) = waiting.program().await;
    assert_eq!((run.position, run.waits_for_memory), (Some(1), true));
    holder.stop().await;
    console.wait_for("hello").await;
    assert_eq!(console.script_end().await.cause, EndCause::Finished);
    loop {
        if let Heard::Message(FromServer::Program { run: Some(run) }) = page.next().await
            && run.state != RunState::Queued
        {
            assert!(!run.waits_for_memory);
            break;
        }
    }
    assert_eq!(group.killed(), 0);
}

#[tokio::test]
async fn the_kernel_would_end_programs_before_anything_of_ours() {
    for product in Product::in_all_worlds() {
        let ada = product.sign_in("ada").await;
        let mut console = ada.run("ask.py", "input('? ')\n").await;
        console.wait_for("? ").await;
        let all = product.processes();
        let (programs, ours): (Vec<i32>, Vec<i32>) =
            all.iter().partition(|pid| processes::is_program(**pid));
        assert_eq!(programs.iter().map(|pid| score(*pid)).min(), Some(1000));
        for pid in ours {
            let is_python = processes::command(pid)
                .get(1)
                .is_some_and(|word| word.ends_with("zygote.py"));
            let expected = if is_python {
                500
            } else {
                score(product.part("host"))
            };
            assert_eq!(score(pid), expected, "{:?}", processes::command(pid));
        }
        assert!(score(product.part("host")) < 500);
    }
}
