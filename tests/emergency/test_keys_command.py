"""`manage.py emergency_keys`: what a page trusts beside the application."""

import base64
from io import StringIO

import pyrage
import pytest
from django.core.management import CommandError, call_command

from monitors.models import Page
from statuspage.installation import installation
from statuspage.signing import Role, Signer
from tests.make import make_page

pytestmark = pytest.mark.django_db

SIGN = Signer.of(Role.EMERGENCY, base64.b64encode(b"e" * 32).decode()).public
AGE = str(pyrage.x25519.Identity.generate().to_public())


def call(*arguments: str) -> str:
    out = StringIO()
    call_command("emergency_keys", *arguments, stdout=out)
    return out.getvalue()


def test_both_keys_are_kept_and_the_page_is_published_anew() -> None:
    page = make_page()
    touched = page.touched_at
    out = call(page.domain, "--sign", SIGN, "--age", AGE)
    page = Page.objects.get(pk=page.pk)
    assert (page.emergency_key, page.age_recipient) == (SIGN, AGE)
    assert page.touched_at > touched
    assert installation().signer.public in out
    assert page.public_id in out
    # `init` knows the page by its id alone: it may be read at another address than its own.
    assert call(page.public_id) == call(page.domain) == call(page.name)


@pytest.mark.parametrize(
    ("sign", "age", "sentence"),
    [
        ("AAAA", AGE, "no Ed25519 key"),
        (SIGN, "age1nonsense", "no age recipient"),
        (SIGN, "", "both"),
    ],
    # The keys are new at every run.
    ids=["sign", "age", "one"],
)
def test_what_is_no_key_is_refused_and_nothing_kept(sign: str, age: str, sentence: str) -> None:
    page = make_page()
    with pytest.raises(CommandError, match=sentence):
        call(page.domain, "--sign", sign, "--age", age)
    assert Page.objects.get(pk=page.pk).emergency_key == ""


def test_the_application_s_own_key_is_no_emergency_key() -> None:
    page = make_page()
    with pytest.raises(CommandError, match="own key"):
        call(page.domain, "--sign", installation().signer.public, "--age", AGE)


def test_an_unknown_page_names_those_there_are() -> None:
    page = make_page()
    with pytest.raises(CommandError, match=page.domain):
        call("nowhere.example")
