"""A list of subscribers that was uploaded, between its preview and the decision to import it.

It holds personal data: it goes with the import, with the next upload of the same person, or within a day.
"""

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from monitors.models import Page

# An upload that nobody decided on is forgotten.
KEPT = timedelta(days=1)


class ImportFile(models.Model):
    """The file as it was uploaded, compressed by zlib, and what was said with it."""

    page = models.ForeignKey(Page, models.CASCADE, related_name="+", verbose_name=_("page"))
    author = models.ForeignKey("auth.User", models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    content = models.BinaryField()
    # How we know that they agreed.
    proof = models.CharField(max_length=500)
    # Whether each is asked to confirm; else they are told from now on.
    asks = models.BooleanField()
    created_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
