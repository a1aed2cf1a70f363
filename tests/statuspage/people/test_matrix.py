"""Every address of the application for every role: who gets in, who may change, who is turned away.

Addresses and models are found by themselves: a new one fails until somebody has decided here who may.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import pytest
from django.contrib import admin
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from incidents.models import Draft
from tests.make import make_page
from tests.people import make_staff
from tests.statuspage.people.anything import NOW, make_any

pytestmark = pytest.mark.django_db

ROLES = ("owner", "operator", "communicator", "viewer")
# What the screens of a model let owner, operator, communicator and viewer do: v(iew), a(dd), c(hange),
# d(elete); "-": nothing, not even look.
MODELS = {
    "auth.user": "vc - - -",
    "incidents.autopost": "vacd vacd vacd v",
    "incidents.checklist": "vac vac vac v",
    "incidents.contact": "vacd vacd vacd -",
    "incidents.incident": "vac vac vac v",
    "incidents.maintenance": "vac vac vac v",
    "incidents.report": "vd vd vd -",
    "incidents.series": "vac vac vac v",
    "incidents.teamchannel": "vacd vacd - -",
    "incidents.template": "vacd vacd vacd v",
    "monitors.component": "vacd vacd v v",
    "monitors.correction": "va va v v",
    "monitors.group": "vacd vacd v v",
    "monitors.monitor": "vacd vacd v v",
    "monitors.page": "vacd v v v",
    "monitors.region": "vacd vacd v v",
    "statuspage.auditentry": "v - - -",
    "statuspage.invitation": "va - - -",
    "statuspage.target": "vacd v v v",
    "subscribers.delivery": "v v - -",
    "subscribers.notice": "v v v v",
    "subscribers.subscriber": "v v - -",
    "subscribers.suppression": "va v - -",
}
# Addresses beside those, for O(wner), (o)P(erator), C(ommunicator), V(iewer): who may GET, who may POST.
SCREENS = {
    "admin:index": "OPCV OPCV",
    "admin:board": "OPCV OPCV",
    "admin:keys": "OPCV OPCV",
    "admin:incidents_task_changelist": "OPCV OPCV",
    "admin:incidents_task_desk": "OPCV OPC",
    "admin:incidents_checklist_usual": "- OPC",
    "admin:incidents_incident_undo": "- OPC",
    "admin:incidents_incident_send_now": "- OPC",
    "admin:incidents_maintenance_undo": "- OPC",
    "admin:incidents_maintenance_send_now": "- OPC",
    "admin:incidents_incident_correct": "OPC OPC",
    "admin:incidents_maintenance_correct": "OPC OPC",
    "admin:incidents_incident_backfill": "OPC OPC",
    "admin:incidents_incident_times": "OPC OPC",
    "admin:incidents_incident_merge": "OPC OPC",
    "admin:incidents_incident_postmortem": "OPC OPC",
    "admin:incidents_incident_publish": "OPC OPC",
    "admin:incidents_maintenance_details": "- OPC",
    "admin:incidents_series_end": "- OPC",
    "admin:incidents_series_resume": "- OPC",
    "admin:incidents_teamchannel_test": "- OP",
    "admin:incidents_teamchannel_secret": "- OP",
    "preview": "- OPC",
    "preview_reach": "- OPC",
    "preview_reach_more": "- OPC",
    "preview_more": "- OPC",
    "preview_frame": "OPC OPC",
    "admin:incidents_incident_keep": "- OPC",
    "admin:incidents_incident_keep_more": "- OPC",
    "admin:incidents_incident_forget": "- OPC",
    "admin:incidents_maintenance_keep": "- OPC",
    "admin:incidents_maintenance_keep_more": "- OPC",
    "admin:incidents_maintenance_forget": "- OPC",
    "admin:incidents_report_read": "- OPC",
    "admin:incidents_report_read_all": "- OPC",
    "admin:monitors_essentials_changelist": "OPCV OPCV",
    "admin:monitors_essentials_switch": "- OP",
    "admin:monitors_monitor_import": "OP OP",
    "admin:monitors_monitor_seen": "OPCV OPCV",
    "admin:monitors_correction_take_back": "OP OP",
    "admin:statuspage_auditentry_export": "- O",
    "admin:statuspage_drill_changelist": "OPCV OPCV",
    "admin:statuspage_drill_start": "- OPC",
    "admin:statuspage_drill_stop": "- OPC",
    "admin:subscribers_delivery_again": "- OP",
    "admin:subscribers_notice_board": "OPCV OPCV",
    "admin:subscribers_notice_try": "OP OP",
    "admin:subscribers_subscriber_do": "- O",
    "admin:subscribers_subscriber_export": "- O",
    "admin:subscribers_subscriber_import": "O O",
    "admin:subscribers_subscriber_preview": "O O",
    "admin:subscribers_subscriber_overview": "OP OP",
}
# One's own account: whoever is staff, and nobody's but their own.
ACCOUNT = re.compile(
    r"people:|account_|mfa_|openid_connect_|socialaccount_|admin:(login|logout|password_change)"
)
# The admin's own helpers, which ask the models' permissions for what they answer.
HELPERS = {"admin:app_list", "admin:autocomplete", "admin:jsi18n", "admin:view_on_site"}
# For everybody: visitors, subscribers, machines.
PUBLIC = re.compile(r"reports:|subscribers:|unlock$|ping$|None$|preview_public$")
# What a stranger may open of the account's addresses.
DOOR = re.compile(
    r"(admin:login|account_login|account_inactive|account_confirm_email|account_reset_\w+|mfa_list_webauthn"
    r"|mfa_login_webauthn|socialaccount_login_cancelled)$"
)
# Where an empty form says nothing at all.
BODIES = {"admin:incidents_task_desk": {"do": "note:"}}
HOLES = {
    "verb": "pause",
    "kind": "incident",
    "token": "x",
    "url": "nothing",
    "app_label": "incidents",
    "what": "page",
    "language": "en",
}
# Addresses that speak of an incident without saying so in their names.
OF_INCIDENT = {"admin:incidents_task_desk", "preview", "preview_more", "preview_frame", "preview_reach_more"}
# Whoever may come finds nothing there yet.
EMPTY = {"admin:subscribers_subscriber_preview", "preview_frame"}
SINGLE = {"add", "change", "delete", "history", "changelist"}


@cache
def addresses() -> dict[str, str]:
    """Every address by its name and route; those without a name by their route."""
    return {f"{name} {route}": route for name, route in _walk(get_resolver().url_patterns)}


def _walk(patterns: list[Any], prefix: str = "", space: str = "") -> Iterator[tuple[str, str]]:
    for each in patterns:
        route = f"{prefix}{each.pattern}"
        if isinstance(each, URLPattern):
            yield f"{space}{each.name}", route
        elif isinstance(each, URLResolver):
            yield from _walk(
                each.url_patterns, route, f"{space}{each.namespace}:" if each.namespace else space
            )


def names() -> set[str]:
    """The names alone."""
    return {address.partition(" ")[0] for address in addresses()}


def of_model(name: str) -> tuple[str, str] | None:
    """The model and the screen behind the name of one of the admin's own addresses."""
    match = re.fullmatch(r"admin:([a-z]+)_([a-z]+)_(\w+)", name)
    if match is None or name in SCREENS or match[3] not in SINGLE:
        return None
    return f"{match[1]}.{match[2]}", match[3]


@pytest.fixture
def rows() -> dict[str, Any]:
    """One row of each model that has a screen."""
    return make_rows()


def make_rows() -> dict[str, Any]:
    """The same, for other tests."""
    found = {model._meta.label_lower: make_any(model) for model in admin.site._registry}
    draft = Draft.objects.create(page=make_page(), update_id="draft", created_at=NOW, saved_at=NOW)
    return found | {"incidents.draft": draft}


def path_of(name: str, rows: dict[str, Any]) -> str:
    """The address with rows that are there."""
    route = next(route for address, route in addresses().items() if address.startswith(f"{name} "))
    match = re.match(r"admin:([a-z]+)_([a-z]+)_", name)
    row = (
        rows.get(f"{match[1]}.{match[2]}")
        if match and name not in OF_INCIDENT
        else rows["incidents.incident"]
    )
    values = {hole: value_of(hole, row, rows) for hole in re.findall(r"<(?:\w+:)?(\w+)>", route)}
    if name == "preview_frame":
        values["update_id"] = rows["incidents.draft"].update_id
    query = f"?page={rows['monitors.page'].public_id}" if name.endswith("_keep") else ""
    return reverse(name, kwargs=values) + query


def value_of(hole: str, row: Any, rows: dict[str, Any]) -> str:
    """What stands in a hole of an address."""
    if hole == "update_id":
        return str(row.updates.first().public_id)
    if hole == "page_id":
        return str(rows["incidents.incident"].page.public_id)
    return HOLES.get(hole) or (str(row.pk) if row else "1")


def ask(client: Client, method: str, path: str, body: dict[str, str] | None = None) -> HttpResponse:
    """Asks, and lets nothing that is done by it stay."""
    # What breaks is told beside all the others.
    client.raise_request_exception = False
    with transaction.atomic():
        answer: Any = getattr(client, method)(path, body if method == "post" else None)
        if hasattr(answer, "streaming_content"):
            list(answer.streaming_content)
        # A refusal of the database inside must not be met again by the next request.
        transaction.set_rollback(True)
    return answer  # type: ignore[no-any-return]


def in_front(answer: HttpResponse) -> bool:
    """Whether it leads to the sign-in."""
    return answer.status_code == 302 and "/admin/login/" in answer.headers["Location"]


def told(found: Iterable[str]) -> str:
    """One on a line."""
    return "\n" + "\n".join(sorted(found))


def test_somebody_has_decided_who_may_open_each_address() -> None:
    known = {name for name in names() if PUBLIC.search(name) or ACCOUNT.match(name) or name in HELPERS}
    undecided = {name for name in names() - known - SCREENS.keys() if of_model(name) is None}
    assert not undecided, told(undecided)
    screens = {model._meta.label_lower for model in admin.site._registry}
    own = {found[0] for name in names() if (found := of_model(name))}
    assert own - MODELS.keys() == set()
    assert MODELS.keys() - screens == set()
    assert SCREENS.keys() - names() == set()


def wanted(name: str, role: str) -> tuple[bool, bool]:
    """Whether a role may GET, and may POST."""
    if name in SCREENS:
        letter = "OPCV"[ROLES.index(role)]
        get, post = (letter in letters for letters in SCREENS[name].split())
        return get, post
    found = of_model(name)
    assert found is not None
    model, screen = found
    may = MODELS[model].split()[ROLES.index(role)]
    return {
        "changelist": ("v" in may, "v" in may),
        "history": ("v" in may, "v" in may),
        "add": ("a" in may, "a" in may),
        "change": ("v" in may, "c" in may),
        "delete": ("d" in may, "d" in may),
    }[screen]


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_where_it_may_and_nowhere_else(
    client: Client, rows: dict[str, Any], role: str
) -> None:
    client.force_login(make_staff(role))
    wrong = []
    for name in sorted(names()):
        if name not in SCREENS and of_model(name) is None:
            continue
        path = path_of(name, rows)
        for method, may in zip(("get", "post"), wanted(name, role), strict=True):
            status = ask(client, method, path, BODIES.get(name)).status_code
            # Where nobody may ask that way, 405 says so to whoever may come at all.
            right = status in (200, 302, 400, 405) if may else status in (403, 405)
            # Opened by somebody who may: there it is.
            if may and method == "get" and status != 405:
                right = status == (404 if name in EMPTY else 200)
            elif may and name in EMPTY:
                right = status in (404, 405)
            if not right:
                wrong.append(f"{method} {name}: {status}, {'may' if may else 'may not'}")
    assert not wrong, told(wrong)


@pytest.mark.parametrize("role", [None, "anonymous"])
def test_whoever_is_no_staff_gets_no_further_than_the_door(
    client: Client, rows: dict[str, Any], role: str | None
) -> None:
    if role is None:
        client.force_login(make_staff(None))
    inside = []
    for name in sorted(names()):
        if PUBLIC.search(name) or DOOR.match(name):
            continue
        for method in ("get", "post"):
            answer = ask(client, method, path_of(name, rows))
            if answer.status_code in (200, 500) or (answer.status_code == 302 and not in_front(answer)):
                inside.append(f"{method} {name}: {answer.status_code} {answer.headers.get('Location', '')}")
    assert not inside, told(inside)


def test_nothing_is_changed_without_the_forms_own_token(rows: dict[str, Any]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_staff("owner"))
    open_ = [
        name
        for name in sorted(names())
        if not PUBLIC.search(name) and ask(client, "post", path_of(name, rows)).status_code not in (403, 405)
    ]
    assert open_ == []
