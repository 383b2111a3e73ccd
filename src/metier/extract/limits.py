"""What a child process takes from itself before it reads anything: memory, files, privileges, the network.

Linux enforces all of it, macOS the resource limits, Windows only what the parent does (timeout, isolation of crashes).
Called in the child while it has one thread; what could not be enforced is reported, never assumed.
"""

import ctypes
import os
import platform
import signal
import struct
import sys
from collections.abc import Mapping

if sys.platform != "win32":
    import resource

# linux/prctl.h, sched.h, linux/capability.h, linux/seccomp.h
_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 22, 38
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_CAPABILITY_VERSION_3 = 0x20080522
_SECCOMP_MODE_FILTER = 2
_SECCOMP_RET_ALLOW, _SECCOMP_RET_ERRNO = 0x7FFF0000, 0x00050000
_EPERM = 1
# audit architecture and syscall numbers of socket, io_uring_setup (a way around a socket filter)
_MACHINES: Mapping[str, tuple[int, int, int]] = {
    "x86_64": (0xC000003E, 41, 425),
    "aarch64": (0xC00000B7, 198, 425),
}
_X32_BIT = 0x40000000
_AF_UNIX = 1

OPEN_FILES = 128  # a child opens one document, its libraries and (for OCR) a pipe or two


def lock_down(memory_mb: int, parent: int, network: str = "auto") -> dict[str, str]:
    """What is enforced, by name: memory, files, privileges, orphans, network ("" = not enforced).

    `parent` is the process id whose death must end this process. `network` picks one way ("namespace" or "seccomp") for
    tests; "auto" takes the first that works.
    """
    report = {"memory": "", "files": "", "privileges": "", "orphans": "stdin", "network": ""}
    if sys.platform == "win32":
        return report
    report["memory"] = _limit(resource.RLIMIT_AS, memory_mb << 20)
    report["files"] = _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, OPEN_FILES)
    if not sys.platform.startswith("linux"):
        return report
    libc = ctypes.CDLL(None, use_errno=True)
    if network in ("auto", "namespace") and libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0:
        report["network"] = "namespace"
        _drop_capabilities(libc)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
        report["privileges"] = "no_new_privs"
    if not report["network"] and network in ("auto", "seccomp") and _deny_sockets(libc):
        report["network"] = "seccomp"
    # After unshare: a change of credentials clears the signal.
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) == 0:
        report["orphans"] = "signal"
    if os.getppid() != parent:  # it died before the line above
        os._exit(1)
    return report


def _limit(kind: int, value: int) -> str:
    """ "rlimit" if the limit holds now, else ""."""
    try:
        _, hard = resource.getrlimit(kind)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))
    except (ValueError, OSError):
        return ""
    return "rlimit"


def limit_cpu(seconds: float) -> None:
    """Ends this process when it has used that much more CPU time: the net under the parent's clock."""
    if sys.platform == "win32":
        return
    usage = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(usage.ru_utime + usage.ru_stime + seconds) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(
        resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard)
    )


def resident_mb() -> float:
    """Memory this process holds now, in MB; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)
    except (OSError, ValueError, AttributeError):
        return 0.0


def _drop_capabilities(libc: ctypes.CDLL) -> None:
    """A new user namespace gives every capability inside it; a reader of documents needs none."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    data = (ctypes.c_uint32 * 6)()
    libc.capset(header, data)


class _FilterProgram(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def _deny_sockets(libc: ctypes.CDLL) -> bool:
    """True if socket() is now refused with EPERM for every family but AF_UNIX (seccomp, classic BPF)."""
    machine = _MACHINES.get(platform.machine())
    if machine is None or ctypes.sizeof(ctypes.c_void_p) != 8:
        return False
    architecture, socket, io_uring = machine
    load, equal, at_least, give = 0x20, 0x15, 0x35, 0x06  # BPF_LD+W+ABS, JEQ+K, JGE+K, RET+K
    deny = _SECCOMP_RET_ERRNO | _EPERM
    rules = (
        (load, 0, 0, 4),  # seccomp_data.arch
        (equal, 0, 7, architecture),  # a foreign call table: deny
        (load, 0, 0, 0),  # seccomp_data.nr
        (at_least, 5, 0, _X32_BIT),  # x32 calls: deny
        (equal, 4, 0, io_uring),
        (equal, 0, 2, socket),
        (load, 0, 0, 16),  # first argument: the family
        (equal, 0, 1, _AF_UNIX),
        (give, 0, 0, _SECCOMP_RET_ALLOW),
        (give, 0, 0, deny),
    )
    code = b"".join(struct.pack("<HBBI", *rule) for rule in rules)
    buffer = ctypes.create_string_buffer(code, len(code))
    program = _FilterProgram(len(rules), ctypes.addressof(buffer))
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) == 0)
