"""The vault opens by its passphrase alone, and shows no secret by itself."""

import base64
import os
from pathlib import Path

import pyrage
import pytest

from statuspage.emergency import vault
from statuspage.emergency.console import visible
from statuspage.emergency.log import append, lines
from statuspage.emergency.trouble import Trouble
from statuspage.emergency.vault import Place, Smtp, Vault
from statuspage.publish.s3 import S3
from tests.render.make import NOW

SECRET = "hunter2-hunter2"


def make_vault() -> Vault:
    return Vault(
        page_id="page00000000",
        page_url="https://status.acme.example",
        languages=("en", "fr"),
        application_key="",
        identity=pyrage.x25519.Identity.generate(),
        signing=base64.b64encode(b"e" * 32).decode(),
        smtp=Smtp("smtp.example", 587, "starttls", "me", SECRET, "status@acme.example"),
        targets=(Place("main", "s3", {"bucket": "pages"}, "KEY", SECRET),),
    )


def test_what_is_sealed_is_opened_by_the_same_passphrase() -> None:
    made = make_vault()
    # The same letters, composed otherwise: as another keyboard types them.
    sealed = vault.sealed(made, "café au lait, s’il vous plaît")
    opened = vault.opened(sealed, " cafe\u0301 au lait, s’il vous plai\u0302t ")
    assert (opened.signing, opened.smtp, opened.targets) == (made.signing, made.smtp, made.targets)
    assert str(opened.identity) == str(made.identity)
    assert SECRET.encode() not in sealed
    with pytest.raises(Trouble, match="passphrase is wrong"):
        vault.opened(sealed, "cafe au lait, s’il vous plait")
    with pytest.raises(Trouble, match="passphrase is wrong"):
        vault.opened(sealed[:-1] + bytes([sealed[-1] ^ 1]), "café au lait, s’il vous plaît")


def test_a_machine_too_slow_to_open_it_does_not_call_the_passphrase_wrong() -> None:
    sealed = vault.sealed(make_vault(), "a long enough passphrase")
    _version, stanza, _rest = sealed.split(b"\n", 2)
    dearer = sealed.replace(stanza, stanza.rsplit(b" ", 1)[0] + b" 30")
    with pytest.raises(Trouble, match="too slow or too busy"):
        vault.opened(dearer, "a long enough passphrase")


def test_a_file_that_is_none_is_damaged() -> None:
    with pytest.raises(Trouble, match=r"sealed\.age is damaged"):
        vault.opened(b"junk", "whatever it is")


def test_its_repr_shows_no_secret() -> None:
    made = make_vault()
    assert SECRET not in repr(made)
    assert made.signing not in repr(made)
    assert "AGE-SECRET" not in repr(made)


def test_the_keys_of_two_places_never_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {})
    names = ("main 1", "main-1", "main_1", "Main 1", "é", "è", "x" * 50 + "a", "x" * 50 + "b")
    made = [Place(name, "s3", {"bucket": "pages"}, f"KEY {name}", SECRET) for name in names]
    targets = [place.target() for place in made]
    kept = [os.environ[target.access_key_env] for target in targets if isinstance(target, S3)]
    assert kept == [place.access_key_id for place in made]


def test_a_short_passphrase_is_refused() -> None:
    with pytest.raises(Trouble, match="fewer than 12"):
        vault.check_passphrase("short")


def test_a_terminal_obeys_nothing_that_comes_from_elsewhere() -> None:
    assert visible("a\x1b[31mb\r\u202ec\x9bd\n") == "a[31mbcd\n"


def test_a_line_of_the_log_that_was_cut_spoils_no_other(tmp_path: Path) -> None:
    append(tmp_path, NOW, "one")
    with (tmp_path / "log.jsonl").open("a") as file:
        file.write('{"did": "cu')
    append(tmp_path, NOW, "two", count=2)
    assert [line["did"] for line in lines(tmp_path)] == ["one", "two"]


def test_the_log_is_never_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Trouble, match="journal cannot be written"):
        append(tmp_path, NOW, "one")
    assert not (tmp_path / "elsewhere").exists()
