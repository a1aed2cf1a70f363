"""How publishing stands, in words for staff, in the active language. The clock is an argument."""

from datetime import datetime, timedelta

from django.utils.timesince import timesince
from django.utils.translation import gettext, ngettext

from monitors.models import Page
from statuspage import receipts, told
from statuspage.models import Publishing, Target

# From so many failures in a row on, staff are warned.
MANY = 3
# Longer ago than this is told in minutes.
SECONDS = timedelta(minutes=10)


def age(target: Target, now: datetime) -> str:
    """How old what a target shows is. Raises ValueError for one that shows nothing."""
    if target.published_at is None:
        raise ValueError("never published")
    past = max(now - target.published_at, timedelta())
    if past < SECONDS:
        seconds = int(past.total_seconds())
        return ngettext("%(count)d s old", "%(count)d s old", seconds) % {"count": seconds}
    return gettext("%(age)s old") % {"age": timesince(target.published_at, now)}


def problems(target: Target) -> list[str]:
    """What is wrong with a target, or unusual; the gravest first."""
    said = [_private(target), _alarm(target), _failure(target), told.told(target.receipt_error, gettext)]
    state = publishing(target.page)
    said += [_held(state), told.told(target.warning, gettext), told.told(state.alive_error, gettext)]
    return [sentence for sentence in said if sentence]


def warning(target: Target, now: datetime) -> str:
    """What staff must not overlook; "" for nothing."""
    state = publishing(target.page)
    grave = target.alarm or target.failures >= MANY or target.receipt_error or state.held is not None
    if not grave or not target.enabled or target.page.private:
        return ""
    shown = gettext("never published") if target.published_at is None else _page_age(target, now)
    return f"{target.page} — {target}: {' '.join(problems(target))} {shown}"


def receipt(target: Target, now: datetime) -> str:
    """Whether customers get what was published."""
    if target.page.private:
        return "–"
    if not receipts.public_url(target):
        return gettext("no receipt: no public address set")
    if target.receipt_error:
        return told.told(target.receipt_error, gettext)
    if target.receipt_at is None:
        return gettext("pending")
    values = {"sequence": target.receipt_sequence, "age": _past(target.receipt_at, now)}
    if target.receipt_sequence == target.sequence:
        return gettext("release %(sequence)d seen %(age)s ago") % values
    return gettext("pending; release %(sequence)d seen %(age)s ago") % values


def dead_man(page: Page, now: datetime) -> str:
    """Whether the dead man's switch was told of the page."""
    state = publishing(page)
    if state.alive_error:
        return told.told(state.alive_error, gettext)
    if state.alive_at is None:
        return gettext("not told of anything yet") if page.dead_man_url else gettext("none set")
    return gettext("told %(age)s ago") % {"age": _past(state.alive_at, now)}


def _past(at: datetime, now: datetime) -> str:
    """How long ago: in seconds within the first minutes, for which `timesince` has no words."""
    past = max(now - at, timedelta())
    return f"{int(past.total_seconds())}\N{NO-BREAK SPACE}s" if past < SECONDS else timesince(at, now)


def publishing(page: Page) -> Publishing:
    """What publishing remembers of a page; an empty one where there is nothing yet."""
    try:
        return page.publishing
    except Publishing.DoesNotExist:
        return Publishing(page=page)


def _page_age(target: Target, now: datetime) -> str:
    return gettext("The public page is %(age)s.") % {"age": age(target, now)}


def _private(target: Target) -> str:
    if not target.page.private:
        return ""
    return gettext(
        "Not everybody may read this page: nothing is published here, "
        "and what was published before is removed."
    )


def _alarm(target: Target) -> str:
    said = told.told(target.alarm, gettext)
    return gettext("ALARM: %(alarm)s") % {"alarm": said} if said else ""


def _failure(target: Target) -> str:
    # An alarm counts as a failure, too, and was said already.
    if target.alarm or not (target.error or target.error_said):
        return ""
    said = told.told(target.error_said, gettext) or target.error
    if target.failures < MANY:
        return said
    count = {"count": target.failures, "error": said}
    return (
        ngettext(
            "Failed %(count)d time in a row: %(error)s",
            "Failed %(count)d times in a row: %(error)s",
            target.failures,
        )
        % count
    )


def _held(state: Publishing) -> str:
    if state.held is None:
        return ""
    return gettext(
        "The page is rolled back to release %(sequence)d, until: manage.py rollback %(page)s --end"
    ) % {
        "sequence": state.held,
        "page": state.page.domain,
    }
