"""The team's channels for staff: where they are, whether they can be reached, and a test of each.

An address is never shown whole. Here the clock is read.
"""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from incidents.admin.team_form import TeamChannelForm
from incidents.models import TeamChannel
from incidents.team import outbox, sending
from incidents.team.wire import Way
from incidents.templatetags.console import badge, moment
from monitors import clock
from monitors.network.guard import Allow
from subscribers import signup
from subscribers.channels.base import Result, masked

WEBHOOK = "webhook"


@admin.register(TeamChannel)
class TeamChannelAdmin(admin.ModelAdmin[TeamChannel]):
    """Each channel with how it stands."""

    form = TeamChannelForm
    # Not the list of what is posted, which is this application’s own.
    change_list_template = "admin/change_list.html"
    change_form_template = "admin/incidents/teamchannel/change_form.html"
    list_display = ("name", "service", "about", "address", "state")
    list_select_related = ("page",)
    readonly_fields = ("address", "state", "reached")
    actions = None

    class Media:
        css: ClassVar = {"all": ["admin-statuspage/lists.css"]}

    def get_fields(self, request: HttpRequest, obj: TeamChannel | None = None) -> Any:
        """What is typed only for whoever may type."""
        fields = ["name", "service", "page", "language", "enabled"]
        may_type = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        typed = ["typed"] if may_type else []
        return [*fields, *typed, *(("address", "state", "reached") if obj else ())]

    def get_urls(self) -> list[URLPattern]:
        """With the test, and the secret of a webhook."""
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/test/", view(require_POST(self.test_view)), name="incidents_teamchannel_test"),
            path(
                "<int:pk>/secret/",
                view(never_cache(require_POST(self.secret_view))),
                name="incidents_teamchannel_secret",
            ),
            *super().get_urls(),
        ]

    @admin.display(description=_("page"), ordering="page")
    def about(self, channel: TeamChannel) -> str:
        """Which pages it hears of."""
        return str(channel.page) if channel.page else gettext("Every page")

    @admin.display(description=_("address"))
    def address(self, channel: TeamChannel) -> str:
        """Enough to tell it from others."""
        return masked(channel.url)

    @admin.display(description=_("state"))
    def state(self, channel: TeamChannel) -> SafeString:
        """Whether it was reached last time, and why not."""
        if not channel.enabled:
            return badge("none", gettext("Off"))
        if channel.failures:
            said = {"count": channel.failures, "error": gettext(channel.error) if channel.error else ""}
            return badge("major", gettext("Not reached, %(count)d in a row: %(error)s") % said)
        if channel.heard_at is None:
            return badge("none", gettext("Not used yet"))
        return badge("ok", gettext("Messages arrive"))

    @admin.display(description=_("last reached"))
    def reached(self, channel: TeamChannel) -> str:
        """When a message last arrived."""
        zone = channel.page.time_zone if channel.page else clock.zone()
        return moment(channel.heard_at, zone) if channel.heard_at else "–"

    def save_model(self, request: HttpRequest, obj: TeamChannel, form: Any, change: bool) -> None:
        """With the address that was typed. Turned off, it begins with news when it is on again."""
        if form.cleaned_data.get("typed"):
            obj.url, obj.failures, obj.error = form.cleaned_data["typed"], 0, ""
        obj.secret = obj.secret or signup.new_secret()
        super().save_model(request, obj, form, change)
        if not obj.enabled:
            outbox.drop(obj, timezone.now())

    def test_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Sends a message that says that it is a test, and what came of it."""
        channel = self._channel(request, pk)
        way = Way(settings.APP_URL, Allow.parse(settings.PROBE_ALLOW))
        outcome = sending.test(channel, way, timezone.now)
        if outcome.result == Result.SENT:
            messages.success(request, gettext("The test was sent to %(name)s.") % {"name": channel.name})
        else:
            said = {"name": channel.name, "error": gettext(outcome.error) if outcome.error else ""}
            messages.error(request, gettext("The test did not arrive at %(name)s. %(error)s") % said)
        return HttpResponseRedirect(reverse("admin:incidents_teamchannel_change", args=[pk]))

    def secret_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Shows what a webhook's messages are signed with, the one there is or a new one."""
        channel = self._channel(request, pk)
        if channel.service != WEBHOOK:
            raise PermissionDenied
        if request.POST.get("new"):
            channel.secret = signup.new_secret()
            channel.save(update_fields=["secret"])
            self.log_change(request, channel, gettext("New signing secret"))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Signing secret"),
            "opts": self.opts,
            "can_view": True,
            "channel": channel,
        }
        return TemplateResponse(request, "admin/incidents/teamchannel/secret.html", context)

    def _channel(self, request: HttpRequest, pk: int) -> TeamChannel:
        channel = get_object_or_404(TeamChannel.objects.select_related("page"), pk=pk)
        if not self.has_change_permission(request, channel):
            raise PermissionDenied
        return channel
