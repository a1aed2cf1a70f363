"""Where pages are published, the releases of each, and what software was told of components."""

from typing import Any

from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _

from monitors.ids import public_id
from monitors.models import EPOCH, Component, Page, statuses


def target_kinds() -> list[tuple[str, Any]]:
    """The target kinds as choices: a callable, so that a new one needs no migration."""
    from statuspage.publish import TARGETS

    return [(kind, _(target.label)) for kind, target in TARGETS.items()]


def sentence(name: Any = None) -> Any:
    """A column of one sentence for staff, as `told` keeps it: {} says nothing."""
    return models.JSONField(
        name, default=dict, db_default=Value({}, models.JSONField()), blank=True, editable=False
    )


class Target(models.Model):
    """A place that a page is published to, independent of every other."""

    page = models.ForeignKey(Page, models.CASCADE, related_name="targets", verbose_name=_("page"))
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=20, choices=target_kinds)
    config = models.JSONField(_("configuration"), default=dict)
    enabled = models.BooleanField(_("enabled"), default=True)
    # The last release that this target holds whole.
    sequence = models.BigIntegerField(_("published release"), default=0, editable=False)
    published_at = models.DateTimeField(_("published"), null=True, editable=False)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)
    error = models.CharField(_("last error"), max_length=500, blank=True, default="", editable=False)
    retry_at = models.DateTimeField(default=EPOCH, editable=False)
    # The same error (`told`), so that it can be read in any language; what a publication that went well
    # has to say all the same; and why nothing is published before staff decide.
    error_said = sentence()
    warning = sentence(_("warning"))
    alarm = sentence(_("alarm"))
    # What another publisher left there and we may overwrite: {"release": its hash, "above": the sequence
    # that ours must be above}.
    agreed = models.JSONField(default=dict, db_default=Value({}, models.JSONField()), editable=False)
    # The receipt: the newest release that was read at the public address, when, why the one published
    # since was not, since when that is missing, and how often and when it was last looked for.
    receipt_sequence = models.BigIntegerField(_("receipt"), default=0, db_default=0, editable=False)
    receipt_at = models.DateTimeField(null=True, editable=False)
    receipt_error = sentence()
    unseen_since = models.DateTimeField(null=True, editable=False)
    reads = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    read_at = models.DateTimeField(null=True, editable=False)
    # The encrypted list of subscribers in its private place: when it was written, and of what.
    listed_at = models.DateTimeField(_("subscriber list written"), null=True, editable=False)
    listed = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    list_error = models.CharField(
        _("last error of the subscriber list"),
        max_length=500,
        blank=True,
        default="",
        db_default="",
        editable=False,
    )

    class Meta:
        ordering = ["id"]
        verbose_name = _("target")
        verbose_name_plural = _("targets")

    def __str__(self) -> str:
        return self.name


class Publishing(models.Model):
    """What publishing a page remembers beside its releases; no row: nothing yet."""

    page = models.OneToOneField(Page, models.CASCADE, primary_key=True, related_name="publishing")
    # The release that staff rolled back to: nothing newer is made until they end it.
    held = models.BigIntegerField(null=True, editable=False)
    # Failures in a row to make a release, and when it may be tried again.
    failures = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    retry_at = models.DateTimeField(default=EPOCH, db_default=Value(EPOCH), editable=False)
    # The last release that the dead man's switch was told of, when it was last tried, and what was wrong.
    alive_sequence = models.BigIntegerField(default=0, db_default=0, editable=False)
    alive_at = models.DateTimeField(null=True, editable=False)
    alive_error = sentence()

    def __str__(self) -> str:
        return str(self.page_id)


class Release(models.Model):
    """What one sequence published; its files are the rows of File valid at it."""

    page = models.ForeignKey(Page, models.CASCADE, related_name="releases")
    sequence = models.BigIntegerField()
    # When its snapshot was taken; null while it is being made (or its maker died).
    generated_at = models.DateTimeField(null=True)
    # The page's touched_at as the snapshot saw it: another value now means that the page differs.
    touched_at = models.DateTimeField(default=EPOCH)
    # The renderer that made it: another one renders everything anew.
    renderer = models.CharField(max_length=64, blank=True, default="")
    # What every document names, as it stood before the snapshot (releases.named).
    named = models.CharField(max_length=32, blank=True, default="", db_default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["page", "sequence"], name="one_release_per_sequence")]

    def __str__(self) -> str:
        return f"{self.page_id} {self.sequence}"


class File(models.Model):
    """One file of the published page, from one sequence until another (exclusive; null: still)."""

    page = models.ForeignKey(Page, models.CASCADE, related_name="files")
    path = models.CharField(max_length=300)
    content = models.BinaryField()
    since = models.BigIntegerField()
    until = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["page", "path"], name="one_current_file", condition=Q(until=None)
            ),
        ]
        indexes = [
            models.Index(fields=["page", "since"], name="file_since"),
            models.Index(fields=["page", "until"], name="file_until"),
        ]

    def __str__(self) -> str:
        return self.path


class ComponentTold(models.Model):
    """What software was last told of a component; no row: it was never seen. Only `changes` writes it."""

    component = models.OneToOneField(Component, models.CASCADE, primary_key=True, related_name="+")
    status = models.CharField(max_length=24, choices=statuses)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.component_id} {self.status}"


class Turn(models.Model):
    """That the page says something else of a component than it did: one event. Only `changes` writes it."""

    page = models.ForeignKey(Page, models.CASCADE, related_name="turns")
    component = models.ForeignKey(Component, models.CASCADE, related_name="turns")
    # Of the event and of its notice.
    public_id = models.CharField(max_length=12, unique=True, default=public_id, editable=False)
    old_status = models.CharField(max_length=24, choices=statuses)
    new_status = models.CharField(max_length=24, choices=statuses)
    at = models.DateTimeField()
    # Whether its notice is still to be written.
    waits = models.BooleanField(default=True)

    class Meta:
        indexes = [
            models.Index(fields=["page", "-at"], name="turn_recent"),
            models.Index(fields=["page"], name="turn_waiting", condition=Q(waits=True)),
        ]

    def __str__(self) -> str:
        return f"{self.component_id} {self.old_status} → {self.new_status}"
