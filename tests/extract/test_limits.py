import socket
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="what Linux enforces")

PROBE = """
import ctypes, errno, os, resource, socket, sys
from metier.extract.limits import limit_cpu, lock_down, resident_mb
report = lock_down(512, os.getppid(), {network!r})
print(report["network"])
def attempt(name, action):
    try:
        action()
        print(name, "allowed")
    except (OSError, MemoryError) as error:
        print(name, type(error).__name__)
attempt("network", lambda: socket.create_connection(("127.0.0.1", {port}), timeout=2))
attempt("udp", lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).sendto(b"x", ("::1", {port})))
attempt("memory", lambda: bytearray(600 << 20))
attempt("write", lambda: open({path!r}, "wb", buffering=0).write(b"x"))
attempt("local", lambda: socket.socketpair())
print("capabilities", [l.split()[1] for l in open("/proc/self/status") if l.startswith("CapEff")][0].strip("0") or "none")
print("resident", resident_mb() > 1)
"""


def probe(network: str, folder) -> dict[str, str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = PROBE.format(network=network, port=server.getsockname()[1], path=str(folder / "written"))
        # SIGXFSZ is ignored by Python, so writing raises
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    return {"level": lines[0]} | dict(line.split(maxsplit=1) for line in lines[1:])


@pytest.mark.parametrize("network", ["namespace", "seccomp"])
def test_a_child_reaches_no_network_and_writes_no_file(network, tmp_path):
    found = probe(network, tmp_path)
    if found["level"] != network:
        pytest.skip(f"{network} is not available here")
    assert found["network"] != "allowed"
    assert found["udp"] != "allowed"
    assert found["memory"] == "MemoryError"
    assert found["write"] == "OSError"
    assert found["local"] == "allowed"
    assert found["resident"] == "True"
    if network == "namespace":
        assert found["capabilities"] == "none"


def test_without_the_lock_the_probe_gets_through(tmp_path):
    found = probe("neither", tmp_path)
    assert found["level"] == ""
    assert found["network"] == "allowed"


def test_cpu_time_is_limited():
    code = "from metier.extract.limits import limit_cpu\nlimit_cpu(0.2)\nwhile True: pass"
    done = subprocess.run([sys.executable, "-c", code], check=False, timeout=60)
    assert done.returncode < 0
