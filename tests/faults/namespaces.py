"""Networks of a test's own: namespaces of the kernel and links between them, seen by nobody else."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import pytest


def refused() -> str:
    """Why no namespace can be made here; empty where one can."""
    name = f"statuspage-{os.getpid()}-try"
    if os.geteuid() != 0:
        return "Namespaces are made by root alone."
    try:
        subprocess.run(["ip", "netns", "add", name], check=True, capture_output=True, text=True)
    except FileNotFoundError:
        return "There is no ip command: apt-get install iproute2"
    except subprocess.CalledProcessError as error:
        return f"The kernel makes no namespace: {error.stderr.strip()}"
    subprocess.run(["ip", "netns", "delete", name], check=True)
    return ""


class Namespace:
    """A machine with a network of its own; what is started there ends with the test."""

    def __init__(self, name: str) -> None:
        self.name = f"statuspage-{os.getpid()}-{name}"
        self._processes: list[subprocess.Popen[bytes]] = []
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        self.ip("link", "set", "lo", "up")

    def ip(self, *words: str) -> None:
        """One command of ip, inside."""
        subprocess.run(["ip", "-n", self.name, *words], check=True)

    def start(self, words: Sequence[str], env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Starts a program inside, told nothing but `env`."""
        command = ["ip", "netns", "exec", self.name, *words]
        told = {"PATH": os.environ["PATH"], **(env or {})}
        process = subprocess.Popen(command, env=told, stdout=sys.stderr, stderr=sys.stderr)
        self._processes.append(process)
        return process

    def close(self) -> None:
        """Nothing is left of it."""
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.wait()
        subprocess.run(["ip", "netns", "delete", self.name], check=True)


class Link:
    """A cable between two machines: `near` has 10.79.<number>.2, `far` 10.79.<number>.1.

    Behind it lies what `routes` names, reached through `far`.
    """

    def __init__(self, number: int, near: Namespace, far: Namespace, routes: Sequence[str] = ()) -> None:
        self._near, self._routes = near, routes
        self._name, peer = f"link{number}", f"peer{number}"
        self._far_address = f"10.79.{number}.1"
        near.ip("link", "add", self._name, "type", "veth", "peer", "name", peer, "netns", far.name)
        far.ip("address", "add", f"{self._far_address}/30", "dev", peer)
        far.ip("link", "set", peer, "up")
        near.ip("address", "add", f"10.79.{number}.2/30", "dev", self._name)
        self.up()

    def up(self) -> None:
        """The kernel forgets what leads over a link that goes down."""
        self._near.ip("link", "set", self._name, "up")
        for route in self._routes:
            self._near.ip("route", "add", route, "via", self._far_address)

    def down(self) -> None:
        """At the end of `near`."""
        self._near.ip("link", "set", self._name, "down")


@contextmanager
def namespaces(*names: str) -> Iterator[dict[str, Namespace]]:
    """Machines of these names. Where the kernel refuses the test is skipped; as root under CI it fails."""
    if why := refused():
        fails = os.environ.get("CI") and os.geteuid() == 0
        (pytest.fail if fails else pytest.skip)(why)
    made: dict[str, Namespace] = {}
    try:
        for name in names:
            made[name] = Namespace(name)
        yield made
    finally:
        for each in made.values():
            each.close()
