//! How the host is doing, as numbers.

use pythonide_link::wire::Metric;

use crate::runs::{RunState, Runs};

pub(super) fn read(runs: &Runs) -> Vec<Metric> {
    let states = runs.states();
    let (pool, lost) = runs.keeper().state();
    let count = |is_counted: fn(&&RunState) -> bool| states.iter().filter(is_counted).count();
    let programs = |state: &str, count: usize| {
        let labels = format!("state=\"{state}\"");
        let help = "Programs on this host.";
        gauge("pythonide_host_programs", help, labels, count as u64)
    };
    let mut metrics = vec![
        programs(
            "queued",
            count(|state| matches!(state, RunState::Queued(_))),
        ),
        programs(
            "running",
            count(|state| matches!(state, RunState::Running | RunState::Ending)),
        ),
        programs("prompt", count(|state| matches!(state, RunState::Prompt))),
    ];
    for zygote in pool {
        let labels = || format!("kind=\"{}\"", zygote.warmth.as_str());
        metrics.extend([
            gauge(
                "pythonide_host_zygote_up",
                "Whether the warm interpreter answers.",
                labels(),
                zygote.is_ready.into(),
            ),
            gauge(
                "pythonide_host_zygote_parked",
                "Children that wait to become programs.",
                labels(),
                zygote.parked,
            ),
            counter(
                "pythonide_host_zygote_replaced_total",
                "Warm interpreters that had ended or did not answer.",
                labels(),
                zygote.replaced,
            ),
            counter(
                "pythonide_host_zygote_served_total",
                "Programs that began as their children.",
                labels(),
                zygote.served,
            ),
        ]);
    }
    metrics.push(counter(
        "pythonide_host_keeper_lost_total",
        "Keepers that ended unasked, and their programs with them.",
        String::new(),
        lost,
    ));
    metrics
}

fn gauge(name: &str, help: &str, labels: String, value: u64) -> Metric {
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    Metric {
        name: name.to_owned(),
        help: help.to_owned(),
        is_counter: false,
        labels,
        value: value as f64,
    }
}

fn counter(name: &str, help: &str, labels: String, value: u64) -> Metric {
    Metric {
        is_counter: true,
        ..gauge(name, help, labels, value)
    }
}
