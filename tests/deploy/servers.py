"""The shipped configurations in the real servers that they are for, on loopback."""

import http.client
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

import pytest

from tests.deploy.compose import ROOT

PATH = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"
MAIN = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
{user}
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/temp/body;
    proxy_temp_path {folder}/temp/proxy;
    fastcgi_temp_path {folder}/temp/fastcgi;
    uwsgi_temp_path {folder}/temp/uwsgi;
    scgi_temp_path {folder}/temp/scgi;
    include {folder}/included.conf;
}}
"""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    body: bytes


@dataclass(frozen=True)
class Running:
    """A server that answers on a port of loopback, and the folder that it serves."""

    port: int
    folder: Path

    def get(self, path: str, method: str = "GET", **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path, headers={n.replace("_", "-"): v for n, v in headers.items()})
        response = connection.getresponse()
        found = Answer(response.status, response.headers, response.read())
        connection.close()
        return found


def program(name: str, package: str) -> str:
    """Where a server is; without it the tests are skipped aloud, and under CI that is a failure."""
    found = shutil.which(name, path=PATH)
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            f"NOT TESTED: {name} is not installed (apt-get install {package})"
        )
    return found


def shipped(name: str, **changes: str) -> str:
    """A file of deploy/ as it is but for what an administrator changes, each by its exact text."""
    text = (ROOT / "deploy" / name).read_text()
    for here in changes.values():
        line, _, wanted = here.partition(" => ")
        assert text.count(line) == 1, line
        text = text.replace(line, wanted)
    return text


@contextmanager
def running(command: Sequence[str], port: int, folder: Path) -> Iterator[Running]:
    """The server of a command line, once it listens."""
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    process = subprocess.Popen(command, env=os.environ | home)
    try:
        _wait_for(port, process)
        yield Running(port, folder)
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    pytest.fail(f"the server ended with {process.returncode}")


@contextmanager
def nginx(folder: Path, included: str, port: int) -> Iterator[Running]:
    """nginx with a configuration at its http level."""
    (folder / "temp").mkdir(parents=True)
    (folder / "included.conf").write_text(included)
    main = folder / "nginx.conf"
    main.write_text(MAIN.format(folder=folder, user="user root;" if os.geteuid() == 0 else ""))
    command = [program("nginx", "nginx-light"), "-e", "stderr", "-p", str(folder), "-c", str(main)]
    with running(command, port, folder / "published") as server:
        yield server


@contextmanager
def caddy(folder: Path, configuration: str, port: int) -> Iterator[Running]:
    """Caddy with a Caddyfile, without its administration."""
    file = folder / "Caddyfile"
    file.write_text(f"{{\n\tadmin off\n\tauto_https off\n}}\n{configuration}")
    command = [program("caddy", "caddy"), "run", "--adapter", "caddyfile", "--config", str(file)]
    with running(command, port, folder / "published") as server:
        yield server
