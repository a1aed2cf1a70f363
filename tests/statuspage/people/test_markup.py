"""Whatever somebody wrote into a name, a note or a report is text on every screen, and never markup."""

from typing import Any

import pytest
from django.apps import apps
from django.db import Error, models, transaction
from django.http import HttpResponse
from django.test import Client

from monitors.fields import SecretField
from tests.people import make_staff
from tests.statuspage.people.test_matrix import HELPERS, ask, make_rows, names, path_of

pytestmark = pytest.mark.django_db

APPS = {"monitors", "incidents", "subscribers", "statuspage", "auth"}
TEXT = "\"><svg onload=alert(1)>'<script>alert(2)</script>"
# Names that code knows, and what is read as something else than words.
KNOWN = {
    *("kind", "state", "language", "default_language", "time_zone", "access", "password", "status", "source"),
    *("channel", "service", "rule", "slug", "subject", "event", "format", "offers", "codename"),
}


def write_everywhere() -> int:
    """Into every column that holds words, past every form. Returns how many values that were."""
    written = 0
    for model in apps.get_models():
        if model._meta.app_label not in APPS or model._meta.label_lower == "statuspage.auditentry":
            continue
        for field in model._meta.local_concrete_fields:
            if _is_words(field):
                written += _write(model, field)
    return written


def _is_words(field: Any) -> bool:
    words = isinstance(field, models.CharField | models.TextField) and not isinstance(field, SecretField)
    return words and not (field.choices or field.unique or field.name in KNOWN)


def _write(model: type[models.Model], field: Any) -> int:
    try:
        with transaction.atomic():
            return model._base_manager.update(**{field.name: TEXT[: field.max_length]})
    except Error:
        # The database keeps no such value there.
        return 0


def text_of(answer: HttpResponse) -> str:
    return "" if answer.streaming else answer.content.decode()


def test_no_text_is_markup_on_any_screen(client: Client) -> None:
    rows, owner = make_rows(), make_staff("owner")
    assert write_everywhere() > 100
    client.force_login(owner)
    looked_at, wrong = 0, []
    for name in sorted(names() - HELPERS - {"admin:logout"}):
        if name.endswith("None"):
            continue
        answer = ask(client, "get", path_of(name, rows))
        looked_at += "svg onload=alert(1)&gt;" in text_of(answer)
        if answer.status_code == 500 or "<svg onload" in text_of(answer) or "<script>a" in text_of(answer):
            wrong.append(f"{name}: {answer.status_code}")
    assert wrong == []
    assert looked_at > 40
