"""Where the team itself is told what happens, and the messages that wait for it."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from monitors.fields import SecretField
from monitors.models import LANGUAGES, Page


def team_services() -> list[tuple[str, Any]]:
    """The chat services and webhooks as choices: a callable, so that a new one needs no migration."""
    from subscribers.channels import CHANNELS

    return [(name, _(channel.label)) for name, channel in CHANNELS.items() if name != "email"]


class TeamChannel(models.Model):
    """A chat or webhook of the team, told when something changes, fails or is overdue."""

    # Of every page where it is empty.
    page = models.ForeignKey(
        Page, models.CASCADE, null=True, blank=True, related_name="team_channels", verbose_name=_("page")
    )
    name = models.CharField(_("name"), max_length=100)
    service = models.CharField(_("service"), max_length=20, choices=team_services)
    url = SecretField(_("address"))
    # What a webhook's messages are signed with (`whsec_…`).
    secret = SecretField(blank=True, default="", editable=False)
    language = models.CharField(_("language"), max_length=8, choices=LANGUAGES, default="en")
    enabled = models.BooleanField(_("enabled"), default=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)
    error = models.CharField(_("last error"), max_length=500, blank=True, default="", editable=False)
    heard_at = models.DateTimeField(_("last reached"), null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("team channel")
        verbose_name_plural = _("team channels")

    def __str__(self) -> str:
        return self.name


class TeamMessage(models.Model):
    """One thing to tell one team channel, at least once; sent or given up it stays for a week."""

    channel = models.ForeignKey(TeamChannel, models.CASCADE, related_name="messages")
    # What it is about, such as "overdue:incident:<public id>": told once.
    key = models.CharField(max_length=200)
    event = models.CharField(max_length=40)
    # What it says, for the words in the channel's language (incidents/team).
    values = models.JSONField(default=dict)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["due_at"], name="team_message_due", condition=Q(sent_at=None, given_up_at=None)
            ),
        ]
        constraints = [models.UniqueConstraint(fields=["channel", "key"], name="team_told_once")]

    def __str__(self) -> str:
        return self.key
