"""Corrections and freezing where something else changed meanwhile."""

import pytest
from django.core.management import call_command

from monitors import corrections, months
from monitors.models import Correction, Page
from monitors.status import Status
from monitors.touched import CorrectionError, Wanted
from tests.monitors.test_months import DAY, HOUR, NOW, OUTAGE, correct, kept, make_past, say

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
