"""What staff say: incidents, maintenances and their updates. Only `post` writes them.

What was undone keeps its row and is shown to nobody: `withdrawn_at`.
"""

from typing import Any, TypeVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _

from incidents.lifecycle import CLOSED, OVER, Impact, IncidentStatus, MaintenanceStatus
from monitors.ids import public_id
from monitors.models import Component, Page, localized, statuses

INCIDENT_LABELS = {
    IncidentStatus.INVESTIGATING: _("Investigating"),
    IncidentStatus.IDENTIFIED: _("Identified"),
    IncidentStatus.MONITORING: _("Monitoring"),
    IncidentStatus.RESOLVED: _("Resolved"),
    IncidentStatus.POSTMORTEM: _("Postmortem"),
}
MAINTENANCE_LABELS = {
    MaintenanceStatus.SCHEDULED: _("Scheduled"),
    MaintenanceStatus.IN_PROGRESS: _("In progress"),
    MaintenanceStatus.VERIFYING: _("Verifying"),
    MaintenanceStatus.COMPLETED: _("Completed"),
    MaintenanceStatus.CANCELLED: _("Cancelled"),
}
IMPACT_LABELS = {
    Impact.NONE: _("No impact"),
    Impact.MINOR: _("Minor"),
    Impact.MAJOR: _("Major"),
    Impact.CRITICAL: _("Critical"),
}


def incident_statuses() -> list[tuple[str, Any]]:
    """Every status of an incident as a choice."""
    return [(status.value, label) for status, label in INCIDENT_LABELS.items()]


def maintenance_statuses() -> list[tuple[str, Any]]:
    """Every status of a maintenance as a choice."""
    return [(status.value, label) for status, label in MAINTENANCE_LABELS.items()]


def update_statuses() -> list[tuple[str, Any]]:
    """Every status that an update can carry."""
    return incident_statuses() + maintenance_statuses()


def incident_impacts() -> list[tuple[str, Any]]:
    """Every impact as a choice."""
    return [(impact.value, label) for impact, label in IMPACT_LABELS.items()]


def default_reminders() -> list[int]:
    """A day and an hour before it starts, in minutes."""
    return [1440, 60]


Row = TypeVar("Row", bound=models.Model)


class Said(models.Manager[Row]):
    """Only what stands: whoever needs what was undone, too, asks `everything`."""

    def get_queryset(self) -> models.QuerySet[Row]:
        """Without what was withdrawn."""
        return super().get_queryset().filter(withdrawn_at=None)


class Incident(models.Model):
    """Something unplanned that customers notice."""

    page = models.ForeignKey(Page, models.CASCADE, related_name="incidents", verbose_name=_("page"))
    public_id = models.CharField(max_length=12, unique=True, default=public_id, editable=False)
    title_en = models.CharField(_("title (English)"), max_length=200, blank=True)
    title_fr = models.CharField(_("title (French)"), max_length=200, blank=True)
    impact = models.CharField(
        _("impact"), max_length=10, choices=incident_impacts, default=Impact.MINOR.value
    )
    status = models.CharField(_("status"), max_length=16, choices=incident_statuses)
    started_at = models.DateTimeField(_("started"))
    monitoring_at = models.DateTimeField(_("monitored since"), null=True, editable=False)
    resolved_at = models.DateTimeField(_("resolved"), null=True, editable=False)
    next_update_at = models.DateTimeField(_("next update promised by"), null=True, blank=True)
    # What readers can do until it is over, in Markdown; kept where it is reopened.
    workaround_en = models.TextField(
        _("workaround (English)"), max_length=2_000, blank=True, default="", db_default=""
    )
    workaround_fr = models.TextField(
        _("workaround (French)"), max_length=2_000, blank=True, default="", db_default=""
    )
    # Who is affected, in a sentence.
    scope_en = models.CharField(
        _("who is affected (English)"), max_length=300, blank=True, default="", db_default=""
    )
    scope_fr = models.CharField(
        _("who is affected (French)"), max_length=300, blank=True, default="", db_default=""
    )
    # Entered after it was over, without telling anybody.
    backfilled = models.BooleanField(_("entered afterwards"), default=False, db_default=False, editable=False)
    # It was the same thing as that one, where its readers are led.
    merged_into = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="merged",
        verbose_name=_("merged into"),
    )
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    # For which promise staff were reminded, and told that it is overdue.
    reminded_for = models.DateTimeField(null=True, editable=False)
    overdue_for = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField()
    # Grows with every change a reader can see: the version of the incident's own document.
    updated_at = models.DateTimeField()

    objects = Said()
    everything = models.Manager()

    class Meta:
        ordering = ["-started_at", "-id"]
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        indexes = [
            models.Index(
                fields=["page"], name="incident_open", condition=~Q(status__in=[s.value for s in CLOSED])
            ),
            models.Index(fields=["page", "-started_at"], name="incident_history"),
            models.Index(fields=["page", "updated_at"], name="incident_changed"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(title_en="", title_fr=""), name="incident_has_a_title"),
        ]

    def __str__(self) -> str:
        return localized(self.title_en, self.title_fr)


class Maintenance(models.Model):
    """Planned work with a beginning and an end."""

    page = models.ForeignKey(Page, models.CASCADE, related_name="maintenances", verbose_name=_("page"))
    public_id = models.CharField(max_length=12, unique=True, default=public_id, editable=False)
    title_en = models.CharField(_("title (English)"), max_length=200, blank=True)
    title_fr = models.CharField(_("title (French)"), max_length=200, blank=True)
    status = models.CharField(_("status"), max_length=16, choices=maintenance_statuses)
    scheduled_for = models.DateTimeField(_("planned start"))
    scheduled_until = models.DateTimeField(_("planned end"))
    started_at = models.DateTimeField(_("started"), null=True, editable=False)
    completed_at = models.DateTimeField(_("completed"), null=True, editable=False)
    components = models.ManyToManyField(Component, related_name="maintenances", verbose_name=_("components"))
    # Minutes before the planned start at which subscribers are reminded, and those that were sent.
    reminders = ArrayField(
        models.PositiveIntegerField(),
        verbose_name=_("reminders"),
        blank=True,
        default=default_reminders,
        db_default=Value([], ArrayField(models.PositiveIntegerField())),
    )
    reminded = ArrayField(
        models.PositiveIntegerField(),
        default=list,
        db_default=Value([], ArrayField(models.PositiveIntegerField())),
        editable=False,
    )
    # The recurring maintenance that this is one of, and its planned start there.
    series = models.ForeignKey(
        "incidents.Series", models.SET_NULL, null=True, editable=False, related_name="maintenances"
    )
    occurrence = models.DateTimeField(null=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = Said()
    everything = models.Manager()

    class Meta:
        ordering = ["-scheduled_for", "-id"]
        verbose_name = _("maintenance")
        verbose_name_plural = _("maintenances")
        indexes = [
            models.Index(
                fields=["page", "scheduled_for"],
                name="maintenance_open",
                condition=~Q(status__in=[s.value for s in OVER]),
            ),
            models.Index(fields=["page", "-scheduled_for"], name="maintenance_history"),
            models.Index(fields=["page", "updated_at"], name="maintenance_changed"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(title_en="", title_fr=""), name="maintenance_has_a_title"),
            models.CheckConstraint(
                condition=Q(scheduled_until__gt=models.F("scheduled_for")),
                name="maintenance_ends_after_it_starts",
            ),
            models.UniqueConstraint(fields=["series", "occurrence"], name="one_maintenance_per_occurrence"),
        ]

    def __str__(self) -> str:
        return localized(self.title_en, self.title_fr)


class Update(models.Model):
    """One thing said about one incident or one maintenance, in Markdown per language."""

    public_id = models.CharField(max_length=12, unique=True, default=public_id, editable=False)
    incident = models.ForeignKey(Incident, models.CASCADE, null=True, related_name="updates")
    maintenance = models.ForeignKey(Maintenance, models.CASCADE, null=True, related_name="updates")
    status = models.CharField(_("status"), max_length=16, choices=update_statuses)
    body_en = models.TextField(_("text (English)"), max_length=10_000, blank=True)
    body_fr = models.TextField(_("text (French)"), max_length=10_000, blank=True)
    notify = models.BooleanField(_("notify subscribers"), default=True)
    # Posted with the emergency tool while the application was down, and taken over afterwards.
    emergency = models.BooleanField(default=False, db_default=False, editable=False)
    # Nobody wrote it: monitoring posted it by itself.
    monitoring = models.BooleanField(
        _("posted by monitoring"), default=False, db_default=False, editable=False
    )
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    display_at = models.DateTimeField()
    # Until then its notices wait, and it can be undone.
    held_until = models.DateTimeField(null=True, editable=False)
    # How what it is about stood before, for as long as it can be undone.
    before = models.JSONField(null=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    edited_at = models.DateTimeField(null=True, editable=False)

    objects = Said()
    everything = models.Manager()

    class Meta:
        ordering = ["-display_at", "-id"]
        verbose_name = _("update")
        verbose_name_plural = _("updates")
        indexes = [
            models.Index(fields=["held_until"], name="update_held", condition=Q(before__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(incident__isnull=False, maintenance__isnull=True)
                | Q(incident__isnull=True, maintenance__isnull=False),
                name="update_of_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status} {self.display_at:%Y-%m-%d %H:%M}"


class ComponentChange(models.Model):
    """The status that an update gave a component; a component that it omits keeps its value."""

    update = models.ForeignKey(Update, models.CASCADE, related_name="changes")
    component = models.ForeignKey(Component, models.CASCADE, related_name="+", verbose_name=_("component"))
    old_status = models.CharField(max_length=24, choices=statuses)
    new_status = models.CharField(_("status"), max_length=24, choices=statuses)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["update", "component"], name="one_change_per_component")
        ]

    def __str__(self) -> str:
        return f"{self.component_id} {self.new_status}"


class Revision(models.Model):
    """What an update said before it was edited."""

    update = models.ForeignKey(Update, models.CASCADE, related_name="revisions")
    body_en = models.TextField(max_length=10_000, blank=True)
    body_fr = models.TextField(max_length=10_000, blank=True)
    display_at = models.DateTimeField()
    replaced_at = models.DateTimeField()
    editor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["-replaced_at", "-id"]

    def __str__(self) -> str:
        return f"{self.update_id} {self.replaced_at:%Y-%m-%d %H:%M}"


class Postmortem(models.Model):
    """What staff write about an incident afterwards; once published it is its last update."""

    class State(models.TextChoices):
        """How far it has come."""

        DRAFT = "draft", _("draft")
        REVIEW = "review", _("in review")
        PUBLISHED = "published", _("published")

    incident = models.OneToOneField(Incident, models.CASCADE, related_name="postmortem")
    body_en = models.TextField(_("text (English)"), max_length=10_000, blank=True)
    body_fr = models.TextField(_("text (French)"), max_length=10_000, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    # Grows with each change: whoever saves over somebody else's is asked first.
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()
    update = models.OneToOneField(Update, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("postmortem")
        verbose_name_plural = _("postmortems")

    def __str__(self) -> str:
        return str(self.incident)
