"""The form of targets: what is wrong is named, and no text of it reaches beyond the page."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from statuspage.models import Target
from tests.incidents.conftest import _plain_static_files, _static_folder  # noqa: F401 (fixtures)
from tests.make import make_page

pytestmark = pytest.mark.django_db
FOLDER = {"path": "/srv/status"}


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("ada", password="a long enough password"))
    return client


def send(staff: Client, pk: int | None = None, **values: Any) -> dict[str, str]:
    """The refused fields and why; empty for a target that was saved."""
    filled = {"name": "Copy", "kind": "directory", "config": FOLDER, "enabled": "on"} | values
    if not isinstance(filled["config"], str):
        filled["config"] = json.dumps(filled["config"])
    if pk:
        filled["initial-config"] = json.dumps(FOLDER)
    if "page" not in filled:
        filled["page"] = make_page().pk
    address = f"/admin/statuspage/target/{f'{pk}/change' if pk else 'add'}/"
    answer = staff.post(address, filled)
    if answer.status_code == 302:
        return {}
    assert answer.status_code == 200
    return {name: " ".join(said) for name, said in answer.context["adminform"].form.errors.items()}


def test_a_target_is_saved(staff: Client) -> None:
    assert send(staff) == {}
    assert Target.objects.get().config == FOLDER


def test_a_changed_target_is_published_to_from_the_start(staff: Client) -> None:
    page = make_page()
    target = Target.objects.create(page=page, name="Copy", kind="directory", config=FOLDER, sequence=9)
    assert send(staff, target.pk, page=page.pk) == {}
    target.refresh_from_db()
    assert target.sequence == 9
    assert send(staff, target.pk, page=page.pk, config={"path": "/srv/other"}) == {}
    target.refresh_from_db()
    assert target.sequence == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 101),
        ("name", "a\x00b"),
        ("page", "javascript:alert(1)"),
        ("page", "4711"),
        ("kind", "../../etc"),
        ("kind", ""),
        ("config", ""),
        ("config", "{"),
        ("config", "null"),
        ("config", "[]"),
        ("config", '["/srv/status"]'),
        ("config", "4"),
        ("config", '"/srv/status"'),
        ("config", {}),
        ("config", {"path": "status"}),
        ("config", {"path": "/"}),
        ("config", {"path": "/srv/../.."}),
        ("config", {"path": "file:///srv"}),
        ("config", {"path": "/srv/\x00"}),
        ("config", {"path": "/srv/\x1b[2J"}),
        ("config", {"path": ["/srv"]}),
        ("config", {"path": "/srv", "mode": "0777"}),
        ("config", {"path": "/srv", "\x00": "1"}),
        ("config", {"path": "/" + "x" * 100_000}),
        ("config", "[" * 100_000),
        ("config", '{"path": ' + "1" * 5000 + "}"),
        ("config", '{"path": "/srv/\\ud800"}'),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_field_of_a_folder_is_refused(staff: Client, field: str, value: object) -> None:
    assert field in send(staff, **{field: value})
    assert not Target.objects.exists()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("bucket", ""),
        ("bucket", "../other"),
        ("bucket", "a\x00b"),
        ("bucket", "x" * 100_000),
        ("prefix", "../secrets"),
        ("prefix", "a//b"),
        ("endpoint_url", "file:///etc/passwd"),
        ("endpoint_url", "javascript:alert(1)"),
        ("endpoint_url", "https://key:secret@store.example"),
        ("endpoint_url", "https://store.example/path?x"),
        ("endpoint_url", "https://store.example:99999"),
        ("endpoint_url", "https://store.example\r\nX: y"),
        ("region", "eu west"),
        ("addressing_style", "sideways"),
        ("access_key_env", "SECRET_KEY"),
        ("secret_key_env", "DATABASE_URL"),
        ("access_key", "AKIAIOSFODNN7EXAMPLE"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_setting_of_a_bucket_is_refused_by_name(staff: Client, setting: str, value: str) -> None:
    refused = send(staff, kind="s3", config={"bucket": "status", setting: value})
    assert refused["config"].startswith(f"{setting}: ")
    assert not Target.objects.exists()


def test_markup_in_a_name_is_only_a_name(staff: Client) -> None:
    assert send(staff, name="<script>alert(1)</script>") == {}
    listed = staff.get("/admin/statuspage/target/").content.decode()
    assert "<script>alert(1)" not in listed
    assert "&lt;script&gt;alert(1)" in listed


def test_what_a_target_answered_is_shown_as_text(staff: Client) -> None:
    Target.objects.create(
        page=make_page(), name="Copy", kind="directory", config=FOLDER, error="<b onclick=1>"
    )
    assert "<b onclick" not in staff.get("/admin/statuspage/target/").content.decode()
