"""What a release needs to know of the installation that makes it; edges read it from the settings."""

from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from statuspage.signing import Role, Signer


@dataclass(frozen=True, slots=True)
class Installation:
    """Where the forms of public pages post to (no slash at the end), and who signs."""

    app_url: str
    signer: Signer


def installation() -> Installation:
    """This one. Raises ImproperlyConfigured where SIGNING_KEY is missing or no key."""
    if not settings.SIGNING_KEY:
        raise ImproperlyConfigured("SIGNING_KEY is not set: what is published cannot be signed.")
    try:
        signer = Signer.of(Role.APPLICATION, settings.SIGNING_KEY)
    except ValueError as error:
        raise ImproperlyConfigured(f"SIGNING_KEY is no key of 32 bytes in base64: {error}.") from None
    return Installation(settings.APP_URL, signer)
