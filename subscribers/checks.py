"""What `manage.py check` says of the settings of mail, and every command before it starts."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from subscribers.means import signer


def check_dkim(app_configs: Sequence[Any] | None, **options: Any) -> list[CheckMessage]:
    """A key that cannot sign is told before anything is sent; it is never repeated."""
    try:
        signer(settings)
    except ValueError as error:
        return [Error(str(error), hint="See docs/settings.md, Mail.", id="subscribers.E001")]
    return []
