"""Corrections and freezing where something else changed meanwhile."""

import pytest
from django.core.management import call_command

from monitors.models import Correction, Page
from monitors.proving import corrections, months, windows
from monitors.proving.touched import CorrectionError, Wanted
from monitors.status import Status
from tests.monitors.test_months import DAY, HOUR, NOW, OCTOBER, OUTAGE, correct, kept, make_past, say

pytestmark = pytest.mark.django_db

UP, PARTIAL, MAJOR = Status.OPERATIONAL, Status.PARTIAL_OUTAGE, Status.MAJOR_OUTAGE


def test_a_frozen_month_can_be_corrected_to_what_its_spans_say_by_now() -> None:
    component = make_past()
    months.freeze(NOW)
    say(component, "incident:late", MAJOR, OUTAGE + 5 * DAY, 5)
    correct(component, MAJOR, OUTAGE + 5 * DAY, 5)
    # 15 of 744 hours: 1 - 15/744 = 0.97983870…
    assert kept(component)[1][1] == 97_983
    call_command("recompute_uptime", "--month", "2026-10")
    with pytest.raises(CorrectionError):
        correct(component, MAJOR, OUTAGE + 5 * DAY, 5)


def test_digits_that_changed_since_they_were_seen_are_refused() -> None:
    component = make_past()
    months.freeze(NOW)
    wanted = Wanted(component, OUTAGE, OUTAGE + 4 * HOUR, UP)
    seen = corrections.preview(wanted, NOW)
    correct(component, PARTIAL, OUTAGE, 2)
    reasons = {"reason_en": "why", "reason_fr": ""}
    with pytest.raises(CorrectionError):
        corrections.correct(wanted, **reasons, author=None, now=NOW, seen=seen)
    assert Correction.objects.count() == 1
    seen = corrections.preview(wanted, NOW)
    corrections.correct(wanted, **reasons, author=None, now=NOW, seen=seen)
    assert Correction.objects.count() == 2


def test_a_page_that_fails_holds_up_no_other() -> None:
    broken, component = make_past(), make_past()
    Page.objects.filter(pk=broken.page_id).update(time_zone="Nowhere/Atall")
    assert months.freeze(NOW) == 2
    assert not kept(broken)
    assert len(kept(component)) == 2


def test_of_corrections_that_overlap_the_newest_counts_in_what_was_frozen() -> None:
    component = make_past()
    months.freeze(NOW)
    correct(component, UP, OUTAGE, 10)
    correct(component, PARTIAL, OUTAGE + HOUR, 4)
    # 4 h × 0.3 = 1.2 of 744 lost: 1 - 1.2/744 = 0.99838709…
    assert kept(component)[1][1] == 99_838
    correct(component, UP, OUTAGE + 2 * HOUR, 2)
    # 2 h × 0.3 = 0.6: 1 - 0.6/744 = 0.99919354…
    assert kept(component)[1][1] == 99_919


def test_what_is_frozen_is_published() -> None:
    component = make_past()
    before = Page.objects.get(pk=component.page_id).touched_at
    months.freeze(NOW)
    assert Page.objects.get(pk=component.page_id).touched_at > before


def test_what_somebody_froze_a_moment_ago_is_left_as_it_is() -> None:
    component = make_past()
    months.freeze(NOW)
    before = kept(component)
    say(component, "incident:late", MAJOR, OUTAGE + 5 * DAY, 5)
    months._freeze_month(component.page, OCTOBER.date(), [component.pk], NOW)
    assert kept(component) == before


def test_a_correction_is_published() -> None:
    component = make_past()
    before = Page.objects.get(pk=component.page_id).touched_at
    correct(component, UP, OUTAGE, 10)
    assert Page.objects.get(pk=component.page_id).touched_at > before


def test_a_correction_within_the_hour_tells_the_digits_that_are_told_afterwards() -> None:
    component, now = make_past(), NOW + HOUR / 2
    wanted = Wanted(component, NOW + HOUR / 6, NOW + HOUR / 3, MAJOR)
    corrections.correct(wanted, reason_en="why", reason_fr="", author=None, now=now)
    # 10 of 24 × 60 minutes: 1 - 10/1,440 = 0.99305555…
    proof = windows.proof(component.page, now)[component.pk]
    assert proof.windows[0].millis == 99_305
    told = {entry.key: entry.after for entry in proof.corrections[0].entries}
    assert told == {each.key: each.millis for each in (*proof.windows, proof.months[0].figure)}
