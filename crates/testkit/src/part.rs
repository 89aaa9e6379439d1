//! A process of an installation that has several: started, and ended with its value.

use std::{
    io::{BufRead, BufReader, Lines},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::processes;

/// A process, and where it is reached.
#[derive(Debug)]
pub struct Part {
    child: Child,
    /// What it said of where it is.
    pub address: String,
    // Closed, it could write no more.
    _output: Lines<BufReader<ChildStdout>>,
}

impl Part {
    /// Starts it and waits for the line that says where it is, which begins with `beginning`.
    pub fn start(command: &mut Command, beginning: &str) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = output
            .by_ref()
            .map(Result::unwrap)
            .find_map(|line| Some(line.strip_prefix(beginning)?.to_owned()));
        let Some(address) = address else {
            panic!("it did not start ({:?}): {command:?}", child.wait());
        };
        Self {
            child,
            address,
            _output: output,
        }
    }

    /// Its id.
    pub fn pid(&self) -> i32 {
        self.child.id().try_into().unwrap()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_raw(self.pid()).unwrap(), signal).unwrap();
    }

    /// Ends it as a crash does.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// The programs of students that it holds.
    pub fn programs(&self) -> Vec<i32> {
        processes::descendants(self.pid())
            .into_iter()
            .filter(|pid| processes::is_program(*pid) && processes::is_alive(*pid))
            .collect()
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if self.ended().is_some() {
            return;
        }
        // A host whose `serve` is killed lets its programs go on for a while, which no test waits for.
        let left = processes::descendants(self.pid());
        // It may be stopped.
        self.kill();
        for pid in left.into_iter().filter_map(Pid::from_raw) {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}
