"""Restricts itself by Landlock and becomes another program; run by its path, with nothing but the standard library.

Usage: python -I landlock_exec.py [--read P | --write P | --list P | --device P]... -- PROGRAM [ARGUMENT]...
"""

import ctypes
import os
import stat
import struct
import sys
from collections.abc import Iterator, Sequence

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION_FLAG = 1
PATH_BENEATH = 1
NO_NEW_PRIVILEGES = 38

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
TRUNCATE, IOCTL_DEVICE = 1 << 14, 1 << 15
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEVICE
ALL_BY_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
TCP = 0b11
ABSTRACT_SOCKETS_AND_SIGNALS = 0b11
ABI_WITH_NETWORK, ABI_WITH_SCOPES = 4, 6

GRANTS = {
    "--read": EXECUTE | READ_FILE | READ_DIR,
    "--write": (1 << 16) - 1,
    "--list": READ_DIR,
    "--device": READ_FILE | WRITE_FILE | TRUNCATE | IOCTL_DEVICE,
}


def main(arguments: Sequence[str]) -> None:
    """Restrict this process and become the program that is named.

    Args:
        arguments: Grants, `--`, and a command line.
    """
    border = arguments.index("--")
    grants = arguments[:border]
    restrict([(GRANTS[option], path) for option, path in zip(grants[::2], grants[1::2], strict=True)])
    command = arguments[border + 1 :]
    os.execvp(command[0], list(command))  # noqa: S606 -- becoming it, without a shell, is the point


def abi() -> int:
    """The version of Landlock in this kernel; 0 when there is none."""
    return max(0, int(_libc().syscall(CREATE_RULESET, None, ctypes.c_size_t(0), VERSION_FLAG)))


def restrict(grants: Sequence[tuple[int, str]]) -> None:
    """Give up every access to files, TCP and other processes but what is granted, for good.

    Args:
        grants: Rights and the path that they hold beneath; paths that are not there are left out.

    Raises:
        OSError: The kernel refuses.
    """
    version = abi()
    handled = ALL_BY_ABI[min(version, max(ALL_BY_ABI))]
    ruleset = _call(CREATE_RULESET, *_ruleset(version, handled), 0)
    for rights, path in (*grants, *_terminal()):
        try:
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        allowed = rights & handled
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            allowed &= OF_FILES
        _call(ADD_RULE, ruleset, PATH_BENEATH, ctypes.create_string_buffer(struct.pack("=Qi", allowed, descriptor)), 0)
        os.close(descriptor)
    if _libc().prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "PR_SET_NO_NEW_PRIVS")
    _call(RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def _ruleset(version: int, handled: int) -> tuple["ctypes.Array[ctypes.c_char]", ctypes.c_size_t]:
    fields = [handled]
    if version >= ABI_WITH_NETWORK:
        fields.append(TCP)
    if version >= ABI_WITH_SCOPES:
        fields.append(ABSTRACT_SOCKETS_AND_SIGNALS)
    packed = struct.pack(f"={len(fields)}Q", *fields)
    return ctypes.create_string_buffer(packed, len(packed)), ctypes.c_size_t(len(packed))


def _terminal() -> Iterator[tuple[int, str]]:
    """The process's own terminal, which programs open again by its name."""
    try:
        yield GRANTS["--device"], os.ttyname(0)
    except OSError:
        return


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _call(number: int, *arguments: object) -> int:
    result = int(_libc().syscall(number, *arguments))
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"landlock: {os.strerror(error)}")
    return result


if __name__ == "__main__":
    main(sys.argv[1:])
