"""Who holds a claim: a process by its machine, number and start, so that a dead one is known.

Containers may share a host name and see only their own processes, each under numbers that others
have too. One's dead process could be another's living one, so a container counts as a machine.
"""

from __future__ import annotations

import os
import socket
from functools import cache
from pathlib import Path

import psutil

_PROCESS_NAMESPACE = Path("/proc/self/ns/pid")
_WHOLE_MACHINE = 0xEFFFFFFC  # the namespace that is no container's, see proc_ns.h of the kernel
# Two readings of one process's start may differ by rounding; a number is not given again so soon.
_SAME_START_S = 1.0


@cache
def this_host() -> str:
    """The name of this machine, or of this container on it, without the separator used below."""
    name = socket.gethostname().replace(":", "_") or "localhost"
    try:
        namespace = _PROCESS_NAMESPACE.stat().st_ino
    except OSError:  # not Linux
        return name
    return name if namespace == _WHOLE_MACHINE else f"{name}@{namespace}"


def owner_of(pid: int | None = None) -> str:
    """This process (or another on this machine) as an owner.

    Example:
        >>> is_gone(owner_of())
        False
    """
    number = os.getpid() if pid is None else pid
    start = _own_start(number) if pid is None else psutil.Process(number).create_time()
    return f"{this_host()}:{number}:{start:.2f}"


@cache
def _own_start(pid: int) -> float:
    """Told anew when the clock is set, and a process keeps its name all its life."""
    return psutil.Process(pid).create_time()


def is_here(owner: str) -> bool:
    """Whether the owner is, or was, a process of this machine, so that `is_gone` knows."""
    return owner.startswith(f"{this_host()}:")


def is_gone(owner: str) -> bool:
    """Whether the owner is certainly dead: a process of this machine that is no longer there.

    Of another machine's processes nothing is known: their leases run out.
    """
    if owner == owner_of():
        return False  # whatever the clock says now
    host, _, rest = owner.partition(":")
    number, _, started = rest.partition(":")
    if host != this_host() or not number.isdecimal():
        return False
    try:
        process = psutil.Process(int(number))
        if process.status() == psutil.STATUS_ZOMBIE:
            return True
        return abs(process.create_time() - float(started)) > _SAME_START_S
    except (psutil.NoSuchProcess, ValueError):
        return True
    except psutil.Error:
        return False
