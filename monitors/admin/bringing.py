"""Monitors from a list of addresses: a list, a look at what would become of each line, a decision.

The list goes back and forth with the look, so that a wrong line is corrected there; nothing of it is kept.
What was not looked at is never brought in. The clock is read here.
"""

import hashlib
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.admin.models import ADDITION, LogEntry
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from monitors import bell, url_import, url_list
from monitors.models import Page
from monitors.network.guard import Allow
from monitors.on_page import OnPageAdmin
from monitors.url_import import Report
from monitors.url_list import ListError

# So many lines of each sort are shown one by one.
SHOWN = 200


class ListForm(forms.Form):
    """A list, and the page it is for."""

    page = forms.ModelChoiceField(Page.objects.all(), label=_("Page"), empty_label=None)
    file = forms.FileField(
        label=_("File"),
        required=False,
        help_text=_("CSV, up to 2,000 lines and 400 kB."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv"}),
    )
    text = forms.CharField(
        label=_("Or the list itself"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        """One list as text, from whichever it came."""
        cleaned = super().clean() or self.cleaned_data
        file = cleaned.get("file")
        if file:
            try:
                cleaned["text"] = url_list.decoded(file.read(url_list.MAX_BYTES + 1))
            except ListError as error:
                self.add_error("file", gettext(str(error)))
        elif not cleaned.get("text"):
            self.add_error("file", gettext("Choose a file, or write the list below."))
        return cleaned


class Bringing(OnPageAdmin):
    """A list of monitors that can be added to by a list of addresses."""

    def get_urls(self) -> list[URLPattern]:
        """Before those of single monitors."""
        view = self.admin_site.admin_view(self.import_view)
        return [path("import/", view, name="monitors_monitor_import"), *super().get_urls()]

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Takes a list, shows what would become of it, and then makes monitors of it."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = ListForm(request.POST or None, request.FILES or None)
        if request.method != "POST" or not form.is_valid():
            return self._shown(request, form)
        page, text = form.cleaned_data["page"], form.cleaned_data["text"]
        allow = Allow.parse(settings.PROBE_ALLOW)
        try:
            # What was written since is looked at first.
            if "sure" in request.POST and request.POST.get("looked") == _mark(page, text):
                return self._bring_in(request, page, url_import.bring_in(page, text, allow, timezone.now()))
            report = url_import.look(page, text, allow)
        except ListError as error:
            form.add_error("file", gettext(str(error)))
            return self._shown(request, form)
        again = ListForm(initial={"page": page, "text": text})
        return self._shown(request, again, report=report, page=page, looked=_mark(page, text))

    def _bring_in(self, request: HttpRequest, page: Page, report: Report) -> HttpResponse:
        bell.ring("monitors.tasks.tick")
        number = len(report.new)
        LogEntry.objects.create(
            # Only signed-in staff get through the admin's door.
            user_id=int(request.user.pk or 0),
            action_flag=ADDITION,
            object_repr=f"Import, {page}: {number}"[:200],
            change_message=f"Import, {page}: {number}",
        )
        told = ngettext("%(number)d monitor was added.", "%(number)d monitors were added.", number)
        self.message_user(request, told % {"number": number}, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:monitors_monitor_changelist"))

    def _shown(self, request: HttpRequest, form: ListForm, **more: Any) -> HttpResponse:
        report: Report | None = more.get("report")
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Import monitors: look first") if report else gettext("Import monitors"),
            "opts": self.opts,
            "media": self.media,
            "form": form,
            "new": report.new[:SHOWN] if report else [],
            "left": report.left[:SHOWN] if report else [],
            "more_new": max(len(report.new) - SHOWN, 0) if report else 0,
            "more_left": max(len(report.left) - SHOWN, 0) if report else 0,
        }
        return TemplateResponse(request, "admin/monitors/monitor/import.html", context | more)


def _mark(page: Page, text: str) -> str:
    """Another one means that another list was looked at, or for another page."""
    lines = "\n".join(text.split())
    return hashlib.sha256(f"{page.pk} {lines}".encode(errors="replace")).hexdigest()
