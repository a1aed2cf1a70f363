"""What staff prepare in quiet times: templates, checklists, contacts. Never published."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from incidents.lifecycle import Impact
from incidents.models.said import incident_impacts, update_statuses
from monitors.models import Page, localized


class Template(models.Model):
    """Words for an incident or a maintenance, with named fields such as {region}: plain substitution."""

    class Kind(models.TextChoices):
        """What it begins or continues."""

        INCIDENT = "incident", _("incident")
        MAINTENANCE = "maintenance", _("maintenance")

    # Of every page where it is empty.
    page = models.ForeignKey(
        Page, models.CASCADE, null=True, blank=True, related_name="templates", verbose_name=_("page")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.INCIDENT)
    name_en = models.CharField(_("name (English)"), max_length=100)
    name_fr = models.CharField(_("name (French)"), max_length=100, blank=True)
    status = models.CharField(_("status"), max_length=16, choices=update_statuses)
    # An empty title keeps the one there is: a template for a further update.
    title_en = models.CharField(_("title (English)"), max_length=200, blank=True)
    title_fr = models.CharField(_("title (French)"), max_length=200, blank=True)
    body_en = models.TextField(_("text (English)"), max_length=10_000, blank=True)
    body_fr = models.TextField(_("text (French)"), max_length=10_000, blank=True)
    scope_en = models.CharField(_("who is affected (English)"), max_length=300, blank=True)
    scope_fr = models.CharField(_("who is affected (French)"), max_length=300, blank=True)
    workaround_en = models.TextField(_("workaround (English)"), max_length=2_000, blank=True)
    workaround_fr = models.TextField(_("workaround (French)"), max_length=2_000, blank=True)
    impact = models.CharField(
        _("impact"), max_length=10, choices=incident_impacts, default=Impact.MINOR.value
    )
    # The status that it gives components: {public id: status}.
    components = models.JSONField(_("components"), blank=True, default=dict)
    # The next update is promised after so many minutes; 0: nothing is promised.
    promise = models.PositiveIntegerField(_("next update after (minutes)"), default=30)
    position = models.PositiveIntegerField(_("position"), default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("template")
        verbose_name_plural = _("templates")

    def __str__(self) -> str:
        return localized(self.name_en, self.name_fr)


def event_kinds() -> list[tuple[str, Any]]:
    """What a checklist is for, as choices: a callable, so that a new one needs no migration."""
    return [
        ("outage", _("outage")),
        ("maintenance", _("maintenance")),
        ("security", _("security incident")),
        ("other", _("other")),
    ]


class Checklist(models.Model):
    """What is to be done at one kind of event; opened with the incident or the maintenance."""

    page = models.ForeignKey(
        Page, models.CASCADE, null=True, blank=True, related_name="checklists", verbose_name=_("page")
    )
    kind = models.CharField(_("kind of event"), max_length=20, choices=event_kinds)
    name_en = models.CharField(_("name (English)"), max_length=100)
    name_fr = models.CharField(_("name (French)"), max_length=100, blank=True)
    enabled = models.BooleanField(_("enabled"), default=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["kind", "id"]
        verbose_name = _("checklist")
        verbose_name_plural = _("checklists")

    def __str__(self) -> str:
        return localized(self.name_en, self.name_fr)


class ChecklistItem(models.Model):
    """One thing to do, by so many minutes after the beginning."""

    checklist = models.ForeignKey(Checklist, models.CASCADE, related_name="items")
    text_en = models.CharField(_("what to do (English)"), max_length=300)
    text_fr = models.CharField(_("what to do (French)"), max_length=300, blank=True)
    # Which ready text is offered beside it ("social": texts for social networks); "" for none.
    offers = models.CharField(_("ready text"), max_length=20, blank=True, default="")
    role = models.CharField(_("who"), max_length=100, blank=True)
    minutes = models.PositiveIntegerField(_("done by (minutes)"), null=True, blank=True)
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("item of a checklist")
        verbose_name_plural = _("items of a checklist")

    def __str__(self) -> str:
        return localized(self.text_en, self.text_fr)


class Contact(models.Model):
    """Who to call, how, and where the keys are kept; goes with the emergency bundle."""

    page = models.ForeignKey(
        Page, models.CASCADE, null=True, blank=True, related_name="contacts", verbose_name=_("page")
    )
    name = models.CharField(_("name"), max_length=100)
    role = models.CharField(_("role"), max_length=200, blank=True)
    phone = models.CharField(_("telephone"), max_length=60, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    other = models.CharField(_("other ways to reach them"), max_length=300, blank=True)
    hours = models.CharField(_("when"), max_length=200, blank=True)
    credentials = models.CharField(
        _("where credentials are kept"),
        max_length=500,
        blank=True,
        help_text=_("The place, never the password itself."),
    )
    tags = ArrayField(models.CharField(max_length=40), verbose_name=_("tags"), blank=True, default=list)
    position = models.PositiveIntegerField(_("position"), default=0)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")

    def __str__(self) -> str:
        return self.name
