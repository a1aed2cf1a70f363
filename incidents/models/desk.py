"""What lies on the desk during an event: drafts, tasks, internal notes. Never published."""

from django.conf import settings
from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _

from incidents.models.said import Incident, Maintenance
from monitors.models import Page, localized

_ONE = Q(incident__isnull=True) | Q(maintenance__isnull=True)


class Draft(models.Model):
    """What somebody is typing, or what monitoring proposes; posted or thrown away it is gone.

    `update_id` is that of the update it will become: posting it twice is impossible.
    """

    page = models.ForeignKey(Page, models.CASCADE, related_name="drafts")
    update_id = models.CharField(max_length=12, unique=True)
    # What it continues; both empty: it begins something.
    incident = models.ForeignKey(Incident, models.CASCADE, null=True, related_name="drafts")
    maintenance = models.ForeignKey(Maintenance, models.CASCADE, null=True, related_name="drafts")
    kind = models.CharField(max_length=12, default="incident")
    # The fields of the form as they were typed: {name: text or list of texts}.
    fields = models.JSONField(default=dict)
    # Nobody typed it: monitoring proposes it, for this reason.
    proposed = models.BooleanField(default=False)
    reason = models.CharField(max_length=300, blank=True)
    # The same by language.
    reasons = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    created_at = models.DateTimeField()
    saved_at = models.DateTimeField()

    class Meta:
        ordering = ["-saved_at", "-id"]
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        indexes = [models.Index(fields=["page", "-saved_at"], name="draft_newest")]

    def __str__(self) -> str:
        return self.update_id


class Task(models.Model):
    """One item of a checklist that was opened with an incident or a maintenance."""

    incident = models.ForeignKey(Incident, models.CASCADE, null=True, related_name="tasks")
    maintenance = models.ForeignKey(Maintenance, models.CASCADE, null=True, related_name="tasks")
    text_en = models.CharField(_("what to do (English)"), max_length=300)
    text_fr = models.CharField(_("what to do (French)"), max_length=300, blank=True)
    offers = models.CharField(max_length=20, blank=True, default="")
    role = models.CharField(_("who"), max_length=100, blank=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    due_at = models.DateTimeField(_("done by"), null=True, blank=True)
    done_at = models.DateTimeField(_("done"), null=True, editable=False)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    # When the team was told that it is overdue.
    told_at = models.DateTimeField(null=True, editable=False)
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        indexes = [models.Index(fields=["due_at"], name="task_due", condition=Q(done_at=None))]
        constraints = [models.CheckConstraint(condition=_ONE, name="task_of_one_thing")]

    def __str__(self) -> str:
        return localized(self.text_en, self.text_fr)


class Note(models.Model):
    """What staff tell each other about an incident or a maintenance."""

    incident = models.ForeignKey(Incident, models.CASCADE, null=True, related_name="notes")
    maintenance = models.ForeignKey(Maintenance, models.CASCADE, null=True, related_name="notes")
    text = models.TextField(_("text"), max_length=10_000)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("internal note")
        verbose_name_plural = _("internal notes")
        constraints = [models.CheckConstraint(condition=_ONE, name="note_of_one_thing")]

    def __str__(self) -> str:
        return self.text[:80]
