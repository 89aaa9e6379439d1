//! Pseudo-terminals.

use std::{
    io,
    os::{
        fd::{AsFd, OwnedFd},
        unix::ffi::OsStringExt,
    },
    path::PathBuf,
};

use rustix::{
    fs::{Gid, OFlags, Uid, fchown, fcntl_setfl},
    pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, ptsname, unlockpt},
    termios::{InputModes, OptionalActions, Winsize, tcgetattr, tcsetattr, tcsetwinsize},
};

use crate::Identity;

/// Both ends of a pseudo-terminal.
#[derive(Debug)]
pub struct Pty {
    /// Our end; does not block.
    pub master: OwnedFd,
    /// The program's end.
    pub slave: OwnedFd,
    /// Where the program finds its end by name.
    pub name: PathBuf,
}

/// A new pseudo-terminal of the given size and owner, in the usual mode (lines, echo, signals) with UTF-8, but without
/// flow control: a page has no use for Ctrl-S, and output that it stops looks like a program that hangs.
pub fn open(columns: u16, rows: u16, owner: Option<Identity>) -> io::Result<Pty> {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let master = openpt(flags)?;
    grantpt(&master)?;
    unlockpt(&master)?;
    // By descriptor, not by name: the name may mean another device in another mount namespace.
    let slave = ioctl_tiocgptpeer(&master, flags)?;
    let mut modes = tcgetattr(&slave)?;
    modes.input_modes |= InputModes::IUTF8;
    modes.input_modes -= InputModes::IXON;
    tcsetattr(&slave, OptionalActions::Now, &modes)?;
    if let Some(Identity { uid, gid }) = owner {
        fchown(&slave, Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)))?;
    }
    resize(&master, columns, rows)?;
    fcntl_setfl(&master, OFlags::NONBLOCK)?;
    let name = PathBuf::from(std::ffi::OsString::from_vec(
        ptsname(&master, Vec::new())?.into_bytes(),
    ));
    Ok(Pty {
        master,
        slave,
        name,
    })
}

/// Tells the terminal's size to the programs on it.
pub fn resize(terminal: impl AsFd, columns: u16, rows: u16) -> io::Result<()> {
    let size = Winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    Ok(tcsetwinsize(terminal, size)?)
}
