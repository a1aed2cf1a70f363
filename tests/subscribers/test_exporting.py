"""Subscribers as CSV: safe in a spreadsheet, without secrets, and read again by an import."""

import csv
import io
from typing import Any

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from monitors import sheets
from subscribers.lists import exporting, importing
from subscribers.models import State, Subscriber
from tests.make import make_component, make_group, make_page
from tests.subscribers.make import NOW, make_means, make_subscriber

FORMULAS = "=+-@\t\r\n＝＋－＠"


def export(*, in_full: bool = True) -> str:
    return "".join(exporting.exported(Subscriber.objects.all(), in_full=in_full))


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


@given(st.text(alphabet=st.sampled_from(FORMULAS + "'ab ,;\"")))
def test_a_cell_comes_back_as_it_was_and_never_starts_a_formula(cell: str) -> None:
    assert sheets.plain(sheets.safe(cell)) == cell
    assert not sheets.safe(cell) or sheets.safe(cell)[0] not in FORMULAS


@pytest.mark.django_db
def test_no_cell_is_run_by_a_spreadsheet() -> None:
    page = make_page()
    for number, evil in enumerate(
        ("=cmd|' /C calc'!A0", "+1", "-1", "@sum(1)", "\t=1", "\r=1", "\n=1", "＝1")
    ):
        make_subscriber(page, address=f"{evil[0].strip() or 'x'}{number}@example.com", proof=evil)
    for row in csv.reader(io.StringIO(export().removeprefix("\ufeff"))):
        assert all(not cell or cell[0] not in FORMULAS for cell in row)


@pytest.mark.django_db
def test_an_export_holds_no_secret_and_shortens_addresses_that_are_secrets() -> None:
    page = make_page()
    address = "https://hooks.example.com/services/T000/B000/very-secret-token"
    hook = make_subscriber(page, channel="webhook", address=address)
    Subscriber.objects.filter(pk=hook.pk).update(previous_secret=hook.secret)
    shortened = export(in_full=False)

    assert "whsec_" not in shortened + export()
    assert "very-secret" not in shortened
    assert "hooks.example.com/…oken" in shortened
    assert address in export()


@pytest.mark.django_db
def test_what_was_exported_is_imported_as_it_was() -> None:
    page = make_page(languages=["en", "fr"])
    checkout, shop = make_component(page, slug="checkout"), make_group(page)
    make_subscriber(
        page, address="+plus@example.com", language="fr", time_zone="Europe/Paris", kinds="incident"
    )
    make_subscriber(page, checkout, address="'=odd@example.com")
    make_subscriber(page, address="one@example.com", everything=False, subjects=["incident:abcdefghijkl"])
    make_subscriber(page, address="paused@example.com", state=State.PAUSED)
    make_subscriber(page, address="gone@example.com", state=State.UNSUBSCRIBED, ended_at=NOW)
    make_subscriber(page, address="waits@example.com", state=State.PENDING)
    make_subscriber(page, channel="webhook", address="https://hooks.example.com/a", contact="ops@example.com")
    page.subscribers.get(address="'=odd@example.com").groups.add(shop)
    text = export()
    before = described()
    Subscriber.objects.all().delete()
    file = io.BytesIO(text.encode())
    report = importing.bring_in(page, file, make_means(), NOW, asks=False, proof="moved house")

    assert report.kind == "our own export"
    left = ("gone@example.com", "waits@example.com")
    assert described() == {address: what for address, what in before.items() if address not in left}


def described() -> dict[str, Any]:
    return {
        each.address: (
            each.channel,
            each.state,
            each.language,
            each.everything,
            each.subjects,
            each.kinds,
            each.time_zone,
            each.contact,
            list(each.components.values_list("slug", flat=True)),
            list(each.groups.values_list("pk", flat=True)),
        )
        for each in Subscriber.objects.defer("secret", "previous_secret")
    }


@pytest.mark.django_db
def test_a_thousand_more_cost_three_statements_more(django_assert_max_num_queries: Any) -> None:
    page = make_page()
    component = make_component(page)
    for _ in range(20):
        make_subscriber(page, component)
    with django_assert_max_num_queries(4):
        assert len(rows_of(export())) == 20


@pytest.mark.django_db
def test_a_command_exports_one_page() -> None:
    page, other = make_page(), make_page()
    make_subscriber(page, address="ada@example.com")
    make_subscriber(page, address="gone@example.com", state=State.UNSUBSCRIBED)
    make_subscriber(other, address="bob@example.com")
    said = io.StringIO()
    call_command("export_subscribers", page=page.domain, state="active", stdout=said)

    assert [row["address"] for row in rows_of(said.getvalue())] == ["ada@example.com"]
