"""How secrets travel to the region that checks."""

import json
from pathlib import Path

import pyrage
import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from monitors import sealing
from monitors.probes.base import OWN_FAULTS
from monitors.reasons import Reason
from monitors.sealing import Keys, SealError, opened, seal

SECRETS = {"password": "correct horse", "header": "Bearer é"}
CONFIG: dict[str, object] = {"url": "https://api.example.com/", "method": "GET"}


class Region:
    """A region with a key of its own."""

    def __init__(self) -> None:
        identity = pyrage.x25519.Identity.generate()
        self.recipient = str(identity.to_public())
        self.keys = Keys(probe=str(identity))


class Core:
    """What holds DATA_KEYS, and a token of the secrets as the database keeps it."""

    def __init__(self, secrets: object = SECRETS) -> None:
        key = Fernet.generate_key().decode()
        self.keys = Keys(data=(key,))
        self.token = Fernet(key).encrypt(json.dumps(secrets).encode()).decode()


def test_a_region_opens_what_is_sealed_to_it() -> None:
    core, region = Core(), Region()
    sealed = seal(region.recipient, core.token, "http", CONFIG, core.keys)
    assert opened(sealed, "http", CONFIG, region.keys) == SECRETS


def test_nothing_of_the_secrets_can_be_read_on_the_way() -> None:
    core, region = Core(), Region()
    sealed = seal(region.recipient, core.token, "http", CONFIG, core.keys)
    assert sealed.isascii()
    assert not any(text in sealed for text in (*SECRETS.values(), *SECRETS, core.token))


def test_another_region_opens_nothing() -> None:
    core, region = Core(), Region()
    sealed = seal(region.recipient, core.token, "http", CONFIG, core.keys)
    with pytest.raises(SealError, match="PROBE_KEY does not open"):
        opened(sealed, "http", CONFIG, Region().keys)


def test_no_other_check_gets_them_not_even_from_the_region_itself() -> None:
    core, region = Core(), Region()
    sealed = seal(region.recipient, core.token, "http", CONFIG, core.keys)
    for kind, config in (("http", {**CONFIG, "url": "https://thief.example/"}), ("tcp", CONFIG)):
        with pytest.raises(SealError, match="another check"):
            opened(sealed, kind, config, region.keys)


def test_nor_from_a_worker_that_has_the_cores_keys() -> None:
    core = Core()
    sealed = seal("", core.token, "http", CONFIG, core.keys)
    with pytest.raises(SealError, match="another check"):
        opened(sealed, "http", {**CONFIG, "url": "https://thief.example/"}, core.keys)
    # What the database holds names no check: whoever copied it from there gets nowhere with it.
    for copied in (core.token, f"own:{core.token}"):
        with pytest.raises(SealError):
            opened(copied, "http", CONFIG, core.keys)


def test_the_order_of_the_settings_does_not_matter() -> None:
    core, region = Core(), Region()
    sealed = seal(region.recipient, core.token, "http", CONFIG, core.keys)
    assert opened(sealed, "http", dict(reversed(CONFIG.items())), region.keys) == SECRETS


def test_a_region_without_a_key_opens_them_with_the_cores_keys() -> None:
    core = Core()
    sealed = seal("", core.token, "http", CONFIG, core.keys)
    assert not any(text in sealed for text in (*SECRETS.values(), *SECRETS, core.token))
    assert opened(sealed, "http", CONFIG, core.keys) == SECRETS
    with pytest.raises(SealError, match="DATA_KEYS is not set"):
        opened(sealed, "http", CONFIG, Region().keys)
    with pytest.raises(SealError, match="No key of DATA_KEYS"):
        opened(sealed, "http", CONFIG, Core().keys)


def test_what_has_no_secrets_carries_none() -> None:
    region = Region()
    assert seal(region.recipient, "", "http", CONFIG, Core().keys) == ""
    assert opened("", "http", CONFIG, Keys()) == {}


@pytest.mark.parametrize("case", ["recipient", "keys"])
def test_what_cannot_be_sealed_stops_nobody_and_is_opened_by_nobody(
    case: str, caplog: pytest.LogCaptureFixture
) -> None:
    core, region = Core(), Region()
    recipient = "age1nonsense" if case == "recipient" else region.recipient
    keys = core.keys if case == "recipient" else Core().keys
    sealed = seal(recipient, core.token, "http", CONFIG, keys)
    assert "cannot be sealed" in caplog.text
    assert sealed
    for reader in (region.keys, core.keys, Keys()):
        with pytest.raises(SealError):
            opened(sealed, "http", CONFIG, reader)


@pytest.mark.parametrize(
    "sealed",
    ["age:", "age:!!!", "age:AAAA", "own:", "own:é", "nonsense", "!", "\0", "é"],
    ids=lambda text: repr(text),
)
def test_rubbish_is_refused(sealed: str) -> None:
    keys = Keys(Core().keys.data, Region().keys.probe)
    with pytest.raises(SealError):
        opened(sealed, "http", CONFIG, keys)


@pytest.mark.parametrize("packed", [b"", b"1", b"[]", b'["a"]', b'{"a": 1}', b"\xff", b"[" * 5_000])
def test_what_somebody_else_sealed_to_a_region_is_refused(packed: bytes) -> None:
    from base64 import b64encode

    region = Region()
    to = pyrage.x25519.Recipient.from_str(region.recipient)
    sealed = sealing.PREFIX + b64encode(pyrage.encrypt(packed, [to])).decode()
    with pytest.raises(SealError):
        opened(sealed, "http", CONFIG, region.keys)


@pytest.mark.parametrize("secrets", [[], {"a": 1}, "text", None])
def test_secrets_that_are_no_texts_are_refused(secrets: object) -> None:
    core = Core(secrets)
    sealed = seal("", core.token, "http", CONFIG, core.keys)
    with pytest.raises(SealError, match="cannot be read"):
        opened(sealed, "http", CONFIG, core.keys)


@pytest.mark.parametrize("probe", ["", "AGE-SECRET-KEY-1NONSENSE", "age1abc"])
def test_a_wrong_key_is_named_by_its_setting_and_not_told(probe: str) -> None:
    core, region = Core(), Region()
    sealed = seal(region.recipient, core.token, "http", CONFIG, core.keys)
    with pytest.raises(SealError, match="PROBE_KEY") as raised:
        opened(sealed, "http", CONFIG, Keys(probe=probe))
    assert "NONSENSE" not in str(raised.value)


def test_a_key_may_be_a_whole_file_and_an_earlier_one_goes_on_opening() -> None:
    core, before, after = Core(), Region(), Region()
    sealed = seal(before.recipient, core.token, "http", CONFIG, core.keys)
    both = f"# public key: {after.recipient}\n{after.keys.probe}\n\n# earlier\n{before.keys.probe}\n"
    assert opened(sealed, "http", CONFIG, Keys(probe=both)) == SECRETS
    assert sealing.public_key(both) == after.recipient


def test_keys_say_nothing_of_themselves() -> None:
    assert repr(Keys(("a data key",), "a probe key")) == "Keys()"


def test_sealing_the_same_again_costs_nothing_and_gives_the_same() -> None:
    core, region = Core(), Region()
    first, second = (seal(region.recipient, core.token, "http", CONFIG, core.keys) for _ in range(2))
    assert first == second


def test_a_check_whose_secrets_stay_closed_says_nothing_of_its_target() -> None:
    assert Reason.SEALED in OWN_FAULTS


def test_a_key_is_made_for_a_region(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("region_key", "--to", str(tmp_path / "key"))
    said = capsys.readouterr().out
    written = (tmp_path / "key").read_text()
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    assert sealing.public_key(written) in said
    assert "AGE-SECRET-KEY" not in said
    core = Core()
    sealed = seal(sealing.public_key(written), core.token, "http", CONFIG, core.keys)
    assert opened(sealed, "http", CONFIG, Keys(probe=written)) == SECRETS


def test_a_key_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("the only one")
    with pytest.raises(CommandError, match="File exists"):
        call_command("region_key", "--to", str(tmp_path / "key"))
    assert (tmp_path / "key").read_text() == "the only one"


def test_without_a_file_both_halves_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("region_key")
    said = dict(
        line.split(sep, 1) for line, sep in zip(capsys.readouterr().out.splitlines(), "=:", strict=True)
    )
    assert sealing.public_key(said["PROBE_KEY"]) == said["public key"].strip()
