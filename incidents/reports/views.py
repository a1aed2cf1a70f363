"""The application's page on which a visitor reports a problem.

No cookie is read or set, and a GET changes nothing. Whoever sends gets the same answer, whether it was kept
or not: a program learns nothing, and a person need not know of limits. Here the clock is read.
"""

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone, translation

from incidents.reports import receiving
from incidents.reports.form import ReportForm
from monitors.essentials import resting
from monitors.ids import public_id
from monitors.models import Page
from subscribers.network import network
from subscribers.strangers import doubt, public, shown, speak

_ID = re.compile(r"[0-9a-z]{12}")
RETRY_AFTER = "3600"  # seconds


@public
def form(request: HttpRequest, page_id: str) -> HttpResponse:
    """The empty form; what a link from the page names is chosen in it."""
    page = _page(request, page_id)
    if resting():
        return _resting(request, page)
    return _show(request, page, ReportForm(page, initial={"component": request.GET.get("component", "")}))


@public
def send(request: HttpRequest, page_id: str) -> HttpResponse:
    """The button of the form: keeps the report."""
    page = _page(request, page_id)
    if resting():
        return _resting(request, page)
    if request.method != "POST":
        return _show(request, page, ReportForm(page))
    now = timezone.now()
    posted = ReportForm(page, request.POST)
    if why := doubt(request, _form_id(request, page), now):
        posted.add_error(None, why)
    if not posted.is_valid():
        return _show(request, page, posted, status=400)
    receiving.receive(
        page,
        _report_id(request),
        component=posted.chosen,
        text=posted.cleaned_data["text"],
        email=posted.cleaned_data["email"],
        language=translation.get_language() or page.default_language,
        network=network(request),
        now=now,
    )
    return render(request, "report/thanks.html", {"page": page})


def _page(request: HttpRequest, page_id: str) -> Page:
    # Nothing here needs the one field that cannot be read without its key.
    page = get_object_or_404(Page.objects.defer("dead_man_url"), public_id=page_id, hidden=False)
    speak(request, page.default_language, page.languages)
    return page


def _report_id(request: HttpRequest) -> str:
    """The id that the report will have: sent again, it is the same one."""
    asked = request.POST.get("report", "")
    return asked if _ID.fullmatch(asked) else public_id()


def _form_id(request: HttpRequest, page: Page) -> str:
    """What the time of the form is signed with: one form is good for one report."""
    return f"report {page.public_id} {request.POST.get('report', '')}"


def _show(request: HttpRequest, page: Page, asked: ReportForm, status: int = 200) -> HttpResponse:
    report_id = _report_id(request)
    language = translation.get_language()
    context = {
        "page": page,
        "form": asked,
        "report": report_id,
        "shown": shown(request, f"report {page.public_id} {report_id}", timezone.now()),
        "action": reverse("reports:send", args=[page.public_id]),
        "others": [
            (code, name) for code, name in settings.LANGUAGES if code in page.languages and code != language
        ],
    }
    return render(request, "report/form.html", context, status=status)


def _resting(request: HttpRequest, page: Page) -> HttpResponse:
    response = render(request, "report/resting.html", {"page": page}, status=503)
    response["Retry-After"] = RETRY_AFTER
    return response
