"""Several chosen monitors changed at once: a form, a look at what would change of each, then the change.

The clock is read here.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy, ngettext

from monitors import bell, together
from monitors.forms.together import TogetherForm
from monitors.models import Monitor
from monitors.on_page import OnPageAdmin
from monitors.showing import moment
from monitors.together import Preview


class Together(OnPageAdmin):
    """A list whose rows can be changed together."""

    actions = ["change_together"]

    @admin.action(
        description=gettext_lazy("Change together: intervals, regions, tags, pauses …"),
        permissions=["change"],
    )
    def change_together(self, request: HttpRequest, chosen: QuerySet[Monitor]) -> HttpResponse | None:
        """Asks what to change, shows what it would be, changes it."""
        asked = {"look", "sure", "edit"} & request.POST.keys()
        form = TogetherForm(request.POST if asked else None)
        if not asked or "edit" in asked or not form.is_valid():
            return self._answer(request, chosen, {"form": form})
        now = timezone.now()
        previews = [together.preview(monitor, form.change()) for monitor in chosen]
        refused = [(each.monitor, why) for each in previews if (why := _refused(each, now))]
        if "sure" in asked and not refused:
            self._change(request, [monitor.pk for monitor in chosen], form)
            return None
        changing = [(each.monitor, told(each)) for each in previews if each.fields]
        context = {"form": form, "looked": True, "changing": changing, "refused": refused}
        return self._answer(request, chosen, context | {"same": len(previews) - len(changing)})

    def _change(self, request: HttpRequest, ids: list[int], form: TogetherForm) -> None:
        try:
            changed = together.apply(ids, form.change(), timezone.now())
        except ValueError as error:
            said = gettext("Nothing was changed: %(name)s is another one by now. Look again.")
            self.message_user(request, said % {"name": error}, messages.ERROR)
            return
        for each in changed:
            self.log_change(request, each.monitor, "; ".join(" ".join(line) for line in told(each)))
        bell.ring("monitors.tasks.tick")
        number = len(changed)
        said = ngettext("%(number)d monitor was changed.", "%(number)d monitors were changed.", number)
        self.message_user(request, said % {"number": number}, messages.SUCCESS)

    def _answer(
        self, request: HttpRequest, chosen: Iterable[Monitor], context: dict[str, Any]
    ) -> HttpResponse:
        shared = {
            **self.admin_site.each_context(request),
            "title": gettext("Change monitors together"),
            "opts": self.opts,
            "media": self.media,
            "chosen": list(chosen),
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/monitors/monitor/together.html", shared | context)


def _refused(preview: Preview, now: Any) -> str:
    if preview.too_slow:
        return gettext("A check must not take longer than the interval.")
    if preview.too_many_tags:
        return gettext("At most %(limit)d tags.") % {"limit": together.MOST_TAGS}
    return gettext("This time is past.") if preview.past(now) else ""


def told(preview: Preview) -> list[tuple[str, str, str, str]]:
    """What changes in words: the field, what is there, an arrow, what will be."""
    zone = preview.monitor.page.time_zone
    return [
        (_label(name), _value(before, zone), "→", _value(after, zone))
        for name, (before, after) in preview.fields.items()
    ]


def _label(name: str) -> str:
    field: Any = Monitor._meta.get_field(name)
    return capfirst(str(field.verbose_name))


def _value(value: Any, zone: str) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):
        return ", ".join(value) or "–"
    if value in (None, ""):
        return "–"
    return moment(value, zone) if hasattr(value, "tzinfo") else str(value)
