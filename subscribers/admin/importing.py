"""Lists of subscribers in and out: a file, a look at what would become of it, a decision; and the export.

Between the look and the decision the file waits in the database, for its author alone and for a day at most.
"""

import io
import zlib
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import OperationalError
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from monitors import bell
from monitors.models import Page
from subscribers.admin.lists import PostRoomAdmin, staff_of
from subscribers.lists import exporting, importing
from subscribers.lists.importing import MAX_BYTES, Verdict
from subscribers.lists.reading import ListError
from subscribers.means import means
from subscribers.models import ImportFile, Subscriber

ASK, TELL = "ask", "tell"


class ImportForm(forms.Form):
    """A file, the page it is for, and how those in it agreed."""

    page = forms.ModelChoiceField(Page.objects.all(), label=gettext_lazy("Page"), empty_label=None)
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV, at most 20 MB: about 300,000 addresses."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,text/csv"}),
    )
    proof = forms.CharField(
        label=gettext_lazy("How and when did they agree?"),
        max_length=500,
        help_text=gettext_lazy("Noted on each subscriber, for the day when somebody asks."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    how = forms.ChoiceField(
        label=gettext_lazy("From when on are they told?"),
        choices=[
            (TELL, gettext_lazy("At once: they confirmed elsewhere")),
            (ASK, gettext_lazy("When they have confirmed: each is asked by a message")),
        ],
        initial=TELL,
        widget=forms.RadioSelect,
    )

    def clean_file(self) -> "UploadedFile[Any]":
        """No larger than can be read at once."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if file.size is None or file.size > MAX_BYTES:
            raise forms.ValidationError(_("The file is larger than 20 MB: divide it."))
        return file

    def clean_proof(self) -> str:
        """One line."""
        return " ".join(str(self.cleaned_data["proof"]).split())


class ImportPages(PostRoomAdmin[Subscriber]):
    """The pages of the import, and the export of what the list shows."""

    def get_urls(self) -> list[URLPattern]:
        """Before those of single subscribers."""
        view = self.admin_site.admin_view
        return [
            path("import/", view(self.import_view), name="subscribers_subscriber_import"),
            path("import/<int:pk>/", view(self.preview_view), name="subscribers_subscriber_preview"),
            path("export/", view(self.export_view), name="subscribers_subscriber_export"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list, with what may be done beside it."""
        may: dict[str, Any] = {
            "title": capfirst(str(self.opts.verbose_name_plural)),
            "may_import": _may_import(request),
            "may_export": self.has_change_permission(request),
            "query": request.GET.urlencode(),
        }
        return super().changelist_view(request, (extra_context or {}) | may)

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Takes a file, and shows what would become of it."""
        if not _may_import(request):
            raise PermissionDenied
        form = ImportForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            return HttpResponseRedirect(
                reverse("admin:subscribers_subscriber_preview", args=[_kept(request, form).pk])
            )
        return self.answer(request, "subscriber/import", {"title": _("Import subscribers"), "form": form})

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What would become of each line; then the decision."""
        if not _may_import(request):
            raise PermissionDenied
        kept = get_object_or_404(ImportFile.objects.select_related("page"), pk=pk, author=staff_of(request))
        if request.method == "POST":
            if "forget" in request.POST:
                kept.delete()
                return HttpResponseRedirect(reverse("admin:subscribers_subscriber_import"))
            return self._bring_in(request, kept)
        try:
            report = importing.look(kept.page, _opened(kept), means(settings), timezone.now(), asks=kept.asks)
        except ListError as error:
            return self._refuse(request, kept, error)
        rows = [
            (verdict, _(verdict), report.counts[verdict]) for verdict in Verdict if report.counts[verdict]
        ]
        context = {
            "title": _("Import subscribers: look first"),
            "kept": kept,
            "report": report,
            "kind": _(report.kind),
            "rows": rows,
            "left": sorted((each.line, each.about, _told(each.sentence)) for each in report.left),
            "untold": report.lines - report.new - report.counts[Verdict.KNOWN] - len(report.left),
        }
        return self.answer(request, "subscriber/preview", context)

    def _bring_in(self, request: HttpRequest, kept: ImportFile) -> HttpResponse:
        try:
            report = importing.bring_in(
                kept.page,
                _opened(kept),
                means(settings),
                timezone.now(),
                asks=kept.asks,
                proof=kept.proof,
            )
        except ListError as error:
            return self._refuse(request, kept, error)
        except OperationalError:
            # Somebody signed up for the same addresses in the same moment, or the database went away.
            messages.error(request, _("Nothing was imported: the database was interrupted. Try again."))
            return HttpResponseRedirect(request.path)
        bell.ring("subscribers.tasks.send")
        _log(request, f"Import {kept.name}, {kept.page}: {report.new}. {kept.proof}")
        kept.delete()
        told = (
            ngettext(
                "%(number)d address is asked to confirm.",
                "%(number)d addresses are asked to confirm.",
                report.new,
            )
            if kept.asks
            else ngettext(
                "%(number)d subscriber was added.", "%(number)d subscribers were added.", report.new
            )
        )
        rest = report.lines - report.new
        left = ngettext("%(number)d line was left as it is.", "%(number)d lines were left as they are.", rest)
        self.message_user(
            request, f"{told % {'number': report.new}} {left % {'number': rest}}", messages.SUCCESS
        )
        return HttpResponseRedirect(reverse("admin:subscribers_subscriber_changelist"))

    def _refuse(self, request: HttpRequest, kept: ImportFile, error: ListError) -> HttpResponse:
        kept.delete()
        self.message_user(request, f"{_(str(error))} {error.about}".strip(), messages.ERROR)
        return HttpResponseRedirect(reverse("admin:subscribers_subscriber_import"))

    def export_view(self, request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
        """What the list shows, with its search and filters, as a file."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        shown = self.get_changelist_instance(request).get_queryset(request).prefetch_related(None)
        in_full = "full" in request.POST
        _log(request, f"Export{' (whole addresses)' if in_full else ''}: ?{request.GET.urlencode()}")
        name = f"subscribers-{timezone.now():%Y-%m-%d}.csv"
        answer = StreamingHttpResponse(
            exporting.exported(shown, in_full=in_full), content_type="text/csv; charset=utf-8"
        )
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        answer["Cache-Control"] = "no-store"
        return answer


def _told(sentence: str) -> str:
    """A reason in the reader's language; what it is about stands in a column of its own."""
    return _(sentence).rstrip(" \u00a0:")


def _may_import(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("subscribers.add_subscriber"))


def _kept(request: HttpRequest, form: ImportForm) -> ImportFile:
    """Keeps the file until it is decided on; what the same person uploaded before is forgotten."""
    data, author = form.cleaned_data, staff_of(request)
    ImportFile.objects.filter(author=author).delete()
    packer = zlib.compressobj()
    packed = b"".join([*(packer.compress(chunk) for chunk in data["file"].chunks()), packer.flush()])
    return ImportFile.objects.create(
        page=data["page"],
        author=author,
        name=data["file"].name[:200],
        content=packed,
        proof=data["proof"],
        asks=data["how"] == ASK,
        created_at=timezone.now(),
    )


def _opened(kept: ImportFile) -> io.BytesIO:
    return io.BytesIO(zlib.decompressobj().decompress(bytes(kept.content), MAX_BYTES))


def _log(request: HttpRequest, said: str) -> None:
    """Into the log of the admin, about no single subscriber."""
    LogEntry.objects.create(
        user=staff_of(request), action_flag=CHANGE, object_repr=said[:200], change_message=said
    )
