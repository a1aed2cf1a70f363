"""Sentences for staff, kept in the database so that each reader gets them in the own language.

What is kept is an English message id with its parameters, {} for nothing to say. A sentence that can no
longer be read (another version kept it) is shown as far as it goes, never as an error.
"""

from collections.abc import Callable, Mapping
from typing import Any

from statuspage.publish import ConfigError, PublishError

Kept = dict[str, Any]


def sentence(message: str, **params: object) -> Kept:
    """One sentence; a parameter may itself be a sentence, an error, a number or a text."""
    return {"message": message, "params": {name: _value(value) for name, value in params.items()}}


def of(error: PublishError | ConfigError) -> Kept:
    """What an error says."""
    return sentence(error.message, **error.params)


def told(kept: Mapping[str, Any], translate: Callable[[str], str]) -> str:
    """The sentence in the language that `translate` (such as gettext) speaks; "" for none."""
    message = kept.get("message")
    if not isinstance(message, str) or not message:
        return ""
    found = kept.get("params")
    params = {
        name: told(value, translate) if isinstance(value, dict) else value
        for name, value in (found if isinstance(found, dict) else {}).items()
    }
    for words in (translate(message), message):
        try:
            return words % params
        except (KeyError, TypeError, ValueError):
            continue
    return message


def _value(value: object) -> object:
    if isinstance(value, PublishError | ConfigError):
        return of(value)
    if isinstance(value, dict):
        return value
    # Postgres keeps no NUL in JSON.
    return value if isinstance(value, int) else str(value)[:500].replace("\x00", "")
