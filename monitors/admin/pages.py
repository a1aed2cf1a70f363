"""Pages for staff."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from monitors import record
from monitors.admin.telling import tell
from monitors.forms.pages import PageForm
from monitors.models import Page
from monitors.on_page import LookingAdmin


@admin.register(Page)
class PageAdmin(LookingAdmin):
    """The pages of this installation."""

    form = PageForm
    # Without the password of readers and the address of the dead man's switch.
    looked_at = (
        *("name", "domain", "url", "support_url", "languages", "default_language", "time_zone"),
        *(
            "hold",
            "weight_major",
            "weight_partial",
            "weight_degraded",
            "access",
            "sender",
            "security_contact",
        ),
    )
    list_display = ["name", "domain", "url", "time_zone", "default_language"]
    fieldsets = [
        (None, {"fields": ["name", "domain", "url", "support_url"]}),
        (_("Language and time"), {"fields": ["languages", "default_language", "time_zone"]}),
        (_("Posting"), {"fields": ["hold"]}),
        (
            _("Uptime"),
            {
                "fields": ["weight_major", "weight_partial", "weight_degraded"],
                "description": _("How much of the time in each status counts as downtime."),
            },
        ),
        (
            _("Looks"),
            {
                "fields": [
                    "accent",
                    ("logo_file", "no_logo"),
                    ("favicon_file", "no_favicon"),
                    "written_links",
                    "legal_en",
                    "legal_fr",
                ],
                "description": _("The colour is made lighter or darker wherever text would be hard to read."),
                "classes": ["collapse"],
            },
        ),
        (
            _("Readers and mail"),
            {
                "fields": ["access", "new_password", "sender", "security_contact", "dead_man_url"],
                "classes": ["collapse"],
            },
        ),
    ]

    def save_model(self, request: HttpRequest, obj: Page, form: Any, change: bool) -> None:
        """The page shows it."""
        super().save_model(request, obj, form, change)
        tell(obj.pk)

    def delete_model(self, request: HttpRequest, obj: Page) -> None:
        """Takes the locks that deleting needs."""
        record.delete_page(obj, timezone.now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Page]) -> None:
        """One after the other."""
        for page in queryset:
            record.delete_page(page, timezone.now())
