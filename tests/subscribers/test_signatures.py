"""Other people's libraries verify what we sign, also while a secret is being replaced."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from monitors.fields import SecretField
from subscribers import signup
from subscribers.channels.bodies import Bodies
from subscribers.channels.webhook import signed
from tests.node import run
from tests.subscribers.make import make_means, make_message, make_told

NEW, OLD = signup.new_secret(), signup.new_secret()
FORMATS = ["", "statuspage"]


def request(secret: str, previous: str = "", form: str = "") -> tuple[bytes, dict[str, str]]:
    """Body and headers of one that is sent now."""
    means = make_means()
    message = make_message(
        make_told(title={"en": "Café “☕”", "fr": ""}),
        secret,
        sealed_previous=SecretField().get_prep_value(previous) if previous else "",
        format=form,
    )
    body = Bodies(means).body(message)
    return body, signed(message, body, means, datetime.now(UTC))


def by_python(secret: str, body: bytes, headers: dict[str, str]) -> bool:
    try:
        return bool(Webhook(secret).verify(body, headers))
    except WebhookVerificationError:
        return False


def by_node(folder: Path, *requests: tuple[str, bytes, dict[str, str]]) -> list[Any]:
    asked = [
        {"secret": secret, "body": body.decode(), "headers": headers} for secret, body, headers in requests
    ]
    (folder / "requests.json").write_text(json.dumps(asked))
    found: list[Any] = run("webhooks.mjs", folder / "requests.json")
    return found


@pytest.mark.parametrize("form", FORMATS)
def test_both_libraries_verify_each_format(form: str, tmp_path: Path) -> None:
    body, headers = request(NEW, form=form)
    assert by_python(NEW, body, headers)
    assert by_node(tmp_path, (NEW, body, headers)) == [True]


def test_while_a_secret_is_replaced_either_verifies_and_the_new_one_comes_first(tmp_path: Path) -> None:
    body, headers = request(NEW, OLD)
    alone = request(NEW)[1]["webhook-signature"]
    assert len(headers["webhook-signature"].split(" ")) == 2
    assert len(alone.split(" ")) == 1
    first = headers | {"webhook-signature": headers["webhook-signature"].split(" ")[0]}
    assert by_python(NEW, body, first)
    assert not by_python(OLD, body, first)
    assert by_python(NEW, body, headers)
    assert by_python(OLD, body, headers)
    assert by_node(tmp_path, (NEW, body, headers), (OLD, body, headers)) == [True, True]


def test_whatever_is_changed_is_refused(tmp_path: Path) -> None:
    body, headers = request(NEW)
    changed = [
        (NEW, body.replace(b"incident", b"accident", 1), headers),
        (NEW, body, headers | {"webhook-id": "another"}),
        (NEW, body, headers | {"webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1)}),
        (NEW, body, headers | {"webhook-timestamp": str(int(headers["webhook-timestamp"]) - 3_600)}),
        (OLD, body, headers),
    ]
    assert [by_python(*each) for each in changed] == [False] * len(changed)
    assert all(isinstance(said, str) for said in by_node(tmp_path, *changed))


@pytest.mark.parametrize(
    ("secret", "why"),
    [("", "without a secret"), ("whsec_", "without a secret"), ("whsec_no base64", "base64")],
)
def test_nothing_is_sent_with_a_secret_that_is_none(secret: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        request(secret)
