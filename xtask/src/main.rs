//! `cargo xtask`: the project's own commands. What a contributor, and CI, runs.

#![forbid(unsafe_code)]

mod arrows;
mod attacks;
mod bench;
mod build;
mod cluster;
mod compat;
mod generate;
mod licences;
mod limits_table;
mod process;
mod python;
mod run;
mod test;
mod tidy;
mod tools;
mod web;

use clap::{Parser, Subcommand};

/// The project's own commands.
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    after_help = "Examples:\n  cargo xtask run\n  cargo xtask test\n  cargo xtask test --only rust -- socket"
)]
struct Xtask {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Builds all, and starts it at http://127.0.0.1:8080 with a class to try it with.
    Run(run::Run),
    /// Checks all that a change must pass.
    Test(test::Test),
    /// Attacks the product with the programs of attacks/.
    Attacks(attacks::Attacks),
    /// Measures the product beside what there is without it.
    Bench(bench::Bench),
    /// Runs CPython's own regression tests as students' programs.
    Compat(compat::Compat),
    /// Puts an installation of several servers and hosts under fire while students work.
    Cluster(cluster::Cluster),
    /// Builds the release binary, with the front end inside, at target/release/pythonide.
    Build,
    /// Writes what is made from the code: OpenAPI, TypeScript types, the page of settings.
    Generate {
        /// Only says whether that would change anything.
        #[arg(long)]
        check: bool,
    },
}

fn main() -> anyhow::Result<()> {
    // What is made here, the class's Python above all, is for students' uids to read.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    match Xtask::parse().command {
        Command::Run(run) => run.run(),
        Command::Test(test) => test.run(),
        Command::Attacks(attacks) => attacks.run(),
        Command::Bench(bench) => bench.run(),
        Command::Compat(compat) => compat.run(),
        Command::Cluster(cluster) => cluster.run(),
        Command::Build => build::release(),
        Command::Generate { check: false } => generate::write(),
        Command::Generate { check: true } => generate::check(),
    }
}
