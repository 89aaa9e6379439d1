//! The product as its users meet it: the real binary, its real processes, a real socket.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod accounts;
mod adopted_files;
mod adoption;
mod bad_input;
mod cluster;
mod command_line;
mod confinement;
mod databases;
mod endings;
mod figures;
mod files;
mod floods;
mod homes;
mod host_memory;
mod identity;
mod interpreter;
mod limits;
mod machines;
mod modes;
mod pasting;
mod persistence;
mod programs;
mod protection;
mod rights;
mod site;
mod survival;
mod terminal;
mod transfer;
mod versions;

use pythonide_testkit::{browser, product};
