"""`manage.py verify` and the verifiers of docs/verify.md, against a served folder."""

import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from statuspage.releases import signed
from statuspage.render import render
from statuspage.signing import Role, Signer, from_pem, pem
from statuspage.snapshot import Documents, Keys
from tests.render.browser import Site, serving
from tests.render.conftest import compile_catalogs as compile_catalogs
from tests.render.make import make_page, make_snapshot

OURS = Signer.of(Role.APPLICATION, "A" * 43 + "=")
EMERGENCY = Signer.of(Role.EMERGENCY, "B" * 42 + "A=")
STRANGER = Signer.of(Role.APPLICATION, "C" * 42 + "A=")
DOCS = (Path(__file__).resolve().parents[2] / "docs" / "verify.md").read_text()


def files(signer: Signer = OURS, **values: Any) -> dict[str, bytes]:
    """A page made now, with the keys of both who may sign."""
    now = timezone.now()
    defaults = {"generated_at": now, "good_until": now + timedelta(seconds=150)}
    page = make_page(keys=Keys(OURS.public, EMERGENCY.public))
    return signed(render(make_snapshot(page=page, **{**defaults, **values}), Documents()), signer)


@pytest.fixture
def site(settings: Any) -> Iterator[Site]:
    settings.PROBE_ALLOW = "127.0.0.1/32"
    with serving(files()) as site:
        yield site


def verify(site: Site, *arguments: str) -> str:
    """What the command says."""
    said = io.StringIO()
    call_command("verify", site.url, "--retry-after=0", *arguments, stdout=said)
    return said.getvalue()


def refused(site: Site, *arguments: str) -> CommandError:
    """Why the command fails."""
    with pytest.raises(CommandError) as caught:
        verify(site, *arguments)
    return caught.value


def make_key(folder: Path, signer: Signer) -> str:
    """A key's file."""
    path = folder / "key.pem"
    path.write_bytes(pem(signer.public))
    return str(path)


def test_it_says_who_signed_and_until_when_that_is_good(site: Site) -> None:
    now = datetime(2031, 1, 2, 3, 4, 5, tzinfo=UTC)
    site.files.update(files(generated_at=now, good_until=now + timedelta(seconds=150)))
    assert verify(site).splitlines() == [
        "Acme: signed by the application, whose key the page itself publishes.",
        "sequence   41",
        "made       2031-01-02 03:04:05 UTC",
        "good until 2031-01-02 03:06:35 UTC",
    ]


def test_it_takes_any_address_of_the_page(site: Site) -> None:
    for address in (site.url, site.url.rstrip("/"), f"{site.url}status.json", f"{site.url}index.html?x=1#y"):
        call_command("verify", address, stdout=io.StringIO())
    below = {f"below/status/{path}": content for path, content in site.files.items()}
    site.files.clear()
    site.files.update(below)
    call_command("verify", f"{site.url}below/status", stdout=io.StringIO())


def test_the_emergency_tool_signs_too(site: Site) -> None:
    site.files.update(files(EMERGENCY))
    assert "signed by the emergency tool" in verify(site)


def test_a_document_that_was_changed_is_not_verified(site: Site) -> None:
    site.files["status.json"] = site.files["status.json"].replace(b"operational", b"major_outage")
    error = refused(site)
    assert error.returncode == 1
    assert "not by the application or the emergency tool" in str(error)


def test_a_key_of_mine_beats_the_one_that_is_published(site: Site, tmp_path: Path) -> None:
    key = make_key(tmp_path, OURS)
    assert f"signed by the key in {key}." in verify(site, f"--key={key}")
    forged = files(STRANGER)
    forged[".well-known/statuspage-key.pem"] = pem(STRANGER.public)
    site.files.update(forged)
    assert "signed by the application" in verify(site)
    assert refused(site, f"--key={key}").returncode == 1


@pytest.mark.parametrize("content", [b"", b"nothing", pem(OURS.public)[:40]])
def test_a_file_that_is_no_key_is_refused_before_anything_is_asked(
    site: Site, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "key").write_bytes(content)
    assert "no public key in PEM" in str(refused(site, f"--key={tmp_path / 'key'}"))
    assert "No such file" in str(refused(site, "--key=/nonexistent/key"))
    assert site.requests == []


def test_another_kind_of_key_is_refused() -> None:
    other = subprocess.run(
        ["openssl", "genpkey", "-algorithm", "X25519"], capture_output=True, check=True
    ).stdout
    public = subprocess.run(["openssl", "pkey", "-pubout"], input=other, capture_output=True, check=True)
    with pytest.raises(ValueError, match="not of Ed25519"):
        from_pem(public.stdout)
    assert from_pem(pem(OURS.public)) == OURS.public


def test_what_is_out_of_date_says_so(site: Site) -> None:
    then = timezone.now() - timedelta(hours=1)
    site.files.update(files(generated_at=then, good_until=then + timedelta(seconds=150)))
    error = refused(site)
    assert (error.returncode, str(error)) == (3, "OUT OF DATE: nothing newer is published there.")


class Torn(dict[str, bytes]):
    """Files of which the first signature asked for is that of another release."""

    def __init__(self, files: dict[str, bytes], other: bytes) -> None:
        super().__init__(files)
        self.first = [other]

    def get(self, path: str, default: Any = None) -> Any:
        """The content; the signature first of the other release."""
        return self.first.pop() if path == "status.json.sig" and self.first else super().get(path, default)


def test_what_falls_between_two_releases_is_asked_for_once_more(site: Site) -> None:
    site.files = Torn(site.files, files(sequence=40)["status.json.sig"])
    assert "sequence   41" in verify(site)
    assert site.requests.count("status.json") == 2


@pytest.mark.parametrize("missing", ["status.json.sig", ".well-known/statuspage-key.pem"])
def test_what_is_missing_is_named(site: Site, missing: str) -> None:
    del site.files[missing]
    site.files.pop(".well-known/statuspage-emergency-key.pem")
    error = refused(site)
    assert error.returncode == 1
    assert ("no signature" if missing.endswith("sig") else "publishes no key") in str(error)


def test_a_place_without_a_page_is_unreachable(site: Site, settings: Any) -> None:
    site.files.clear()
    assert refused(site).returncode == 4
    assert "has no status.json" in str(refused(site))
    settings.PROBE_ALLOW = ""
    error = refused(site)
    assert (error.returncode, "private or reserved network" in str(error)) == (4, True)
    for address in ("status.example.com", "ftp://status.example.com", "http://[::1"):
        with pytest.raises(CommandError) as caught:
            call_command("verify", address)
        assert caught.value.returncode == 4


_NOW = b'"2026-11-22T10:00:00Z"'
IMPOSSIBLE = [
    b'{"page": {"name": "x"}, "sequence": %s, "generated_at": %s, "good_until": %s}' % said
    for said in ((b"Infinity", _NOW, _NOW), (b"1", b'"0001-01-01T00:00:00+14:00"', _NOW))
]


@pytest.mark.parametrize("content", [b"[]", b"{}", b'{"sequence": 1}', b"\xff", b"[" * 200_000, *IMPOSSIBLE])
def test_a_signed_document_of_another_kind_is_none(site: Site, content: bytes) -> None:
    site.files.update(signed({"status.json": content}, OURS))
    assert "no status document" in str(refused(site))


def block(language: str) -> str:
    """The first piece of code in a language of the documentation."""
    found = re.search(rf"```{language}\n(.*?)```", DOCS, re.S)
    assert found
    return found[1]


def test_the_three_commands_of_the_documentation_verify(site: Site, tmp_path: Path) -> None:
    commands = block("sh").replace("https://status.example.com/", site.url)
    assert len(commands.splitlines()) == 3
    done = subprocess.run(["sh", "-ec", commands], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "Signature Verified Successfully" in done.stdout
    site.files["status.json"] += b" "
    assert subprocess.run(["sh", "-ec", commands], cwd=tmp_path, capture_output=True, check=False).returncode


def test_the_program_of_the_documentation_verifies(site: Site, tmp_path: Path) -> None:
    program = block("python")
    assert len(program.splitlines()) <= 15
    (tmp_path / "verify.py").write_text(program)

    def run(key: Signer) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "verify.py", site.url.rstrip("/"), make_key(tmp_path, key)]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert run(OURS).returncode == 0, run(OURS).stderr
    assert "InvalidSignature" in run(STRANGER).stderr
    then = timezone.now() - timedelta(hours=1)
    site.files.update(files(generated_at=then, good_until=then))
    assert run(OURS).stderr.startswith(
        f"out of date since {json.loads(site.files['status.json'])['good_until'][:10]}"
    )
