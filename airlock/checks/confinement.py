"""A child that reads strangers' files gives up what it does not need: memory, time, files, network, programs."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import resource
import signal
import struct

MEMORY_BYTES = 2 * 1024**3
CPU_SECONDS = 150
_NEEDS = 256  # open files: readers of formats open shared libraries

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _FILTER_MODE = 1, 38, 22, 2
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# socket, connect, bind, sendto, execve, execveat, ptrace, fork, vfork: what no reader of a file needs
_FORBIDDEN = {
    "x86_64": (41, 42, 49, 44, 59, 322, 101, 57, 58),
    "aarch64": (198, 203, 200, 206, 221, 281, 117),
}
_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _DENY, _KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000
_X32_CALLS = 0x40000000


class CannotConfine(RuntimeError):
    """This machine cannot keep the promise; nothing may be read."""


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def confine() -> None:
    """Give up, for good: memory beyond 2 GiB, time beyond 150 s of CPU, writing files, the network, other programs.

    Raises CannotConfine on a machine that is no Linux on x86-64 or ARM64, or whose kernel refuses the filter.
    """
    os.nice(5)  # pages and queries go first
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_NEEDS, _NEEDS))
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # whoever waited for the answer is gone: end
    _filter_calls()


def _filter_calls() -> None:
    """seccomp: the calls above answer EPERM, and those of another architecture end the process."""
    machine = platform.machine()
    if machine not in _AUDIT_ARCH:
        raise CannotConfine(f"no filter of system calls is known for {machine}")
    program = _filter_program(machine)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise CannotConfine("the kernel keeps privileges")
    packed = _Program(len(program) // 8, program)
    if libc.prctl(_PR_SET_SECCOMP, _FILTER_MODE, ctypes.byref(packed), 0, 0) != 0:
        raise CannotConfine("the kernel refuses the filter of system calls")


def _filter_program(machine: str) -> bytes:
    calls = _FORBIDDEN[machine]
    steps = [
        _step(_LOAD, 4),
        _step(_JUMP_EQUAL, _AUDIT_ARCH[machine], 1, 0),
        _step(_RETURN, _KILL),
        _step(_LOAD, 0),
        _step(_JUMP_AT_LEAST, _X32_CALLS, len(calls) + 1, 0),
        *(_step(_JUMP_EQUAL, call, len(calls) - at, 0) for at, call in enumerate(calls)),
        _step(_RETURN, _ALLOW),
        _step(_RETURN, _DENY),
    ]
    return b"".join(steps)


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
