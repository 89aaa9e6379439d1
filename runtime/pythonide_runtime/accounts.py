"""The student's name, for programs that ask the system who they are.

The system knows no accounts of students: their uids come from the database, and without root all students share the
host's uid. So the functions that look an account up know the program's own user, and pass on every other question.
"""

import functools
import grp
import os
import pwd

_SHELL = "/bin/sh"
_name = _home = None


def prepare():
    """Have `os`, `pwd` and `grp` know the user of a later `become`."""
    os.getlogin = _getlogin
    for module, function, ours in (
        (pwd, "getpwuid", _own_by_id(os.getuid, _account)),
        (pwd, "getpwnam", _own_by_name(_account)),
        (pwd, "getpwall", _own_among_all(os.getuid, _account, lambda entry: entry.pw_uid)),
        (grp, "getgrgid", _own_by_id(os.getgid, _group)),
        (grp, "getgrnam", _own_by_name(_group)),
        (grp, "getgrall", _own_among_all(os.getgid, _group, lambda entry: entry.gr_gid)),
    ):
        original = getattr(module, function)
        setattr(module, function, functools.wraps(original)(functools.partial(ours, original)))


def become(name, home):
    """Make this process one of the user `name`, whose home folder is `home`."""
    global _name, _home
    _name, _home = name, home


def _account():
    return pwd.struct_passwd((_name, "x", os.getuid(), os.getgid(), _name, _home, _SHELL))


def _group():
    return grp.struct_group((_name, "x", os.getgid(), [_name]))


def _getlogin():
    return _name


def _own_by_id(own_id, own):
    def find(original, id):
        return own() if type(id) is int and id == own_id() else original(id)

    return find


def _own_by_name(own):
    def find(original, name):
        return own() if type(name) is str and name == _name else original(name)

    return find


def _own_among_all(own_id, own, id_of):
    def find(original):
        # Without root the system's own account of this uid is the host's.
        return [*(entry for entry in original() if id_of(entry) != own_id()), own()]

    return find
