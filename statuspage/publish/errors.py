"""What a target refuses with.

Each error carries its sentence as an English message id with named parameters, so that whoever shows
it can translate it (`told`); `str()` is the English. No secret is ever a parameter.
"""

from collections.abc import Callable


def gettext_noop(message: str) -> str:
    """Marks a message id for translation. (Django's wants settings, which the emergency tool has not.)"""
    return message


PRIVATE_IN_PUBLIC = gettext_noop("Anybody could read it there: it overlaps the public place.")


class _Told(Exception):
    """An error that is a sentence for a person."""

    def __init__(self, message: str, **params: object) -> None:
        super().__init__(message % params)
        self.message = message
        self.params = params

    def told(self, translate: Callable[[str], str]) -> str:
        """The sentence in the language that `translate` (such as gettext) speaks."""
        params = {
            name: value.told(translate) if isinstance(value, _Told) else value
            for name, value in self.params.items()
        }
        return translate(self.message) % params


class ConfigError(_Told):
    """A setting of a target is no good; `field` is its key."""

    def __init__(self, field: str, message: str, **params: object) -> None:
        super().__init__(message, **params)
        self.field = field


class PublishError(_Told):
    """A target could not be brought to a release; the next attempt heals what is half done."""


class Superseded(PublishError):
    """The target holds `sequence`, higher than ours or ours by another publisher: nothing was overwritten."""

    def __init__(self, sequence: int) -> None:
        super().__init__(
            gettext_noop("Somebody else has published release %(sequence)d here."), sequence=sequence
        )
        self.sequence = sequence
