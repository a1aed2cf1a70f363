"""Named fields of a template, such as {region}: plain substitution, nothing of it is ever run. Pure.

A text is read once: braces in what was filled in, and braces that name no asked field, stay as they are.
"""

import re
from collections.abc import Iterable, Mapping

# So many fields no form could show, and nobody under stress could fill in.
MOST = 20
_NAME = "[a-z][a-z0-9_]{0,39}"
_FIELD = re.compile(rf"\{{({_NAME})\}}")
_WHOLE = re.compile(_NAME)


def names(texts: Iterable[str]) -> list[str]:
    """The fields that these texts ask for, in the order in which a reader meets them."""
    found = dict.fromkeys(name for text in texts for name in _FIELD.findall(text))
    return list(found)[:MOST]


def is_name(text: str) -> bool:
    """Whether a field can be called so."""
    return bool(_WHOLE.fullmatch(text))


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with each field that has a value replaced by it."""
    return _FIELD.sub(lambda match: values.get(match[1]) or match[0], text)


def missing(text: str, values: Mapping[str, str]) -> list[str]:
    """The fields of a text that were asked for and got no value."""
    return [name for name in names([text]) if values.get(name) == ""]


def words(name: str) -> str:
    """A field's name as its label: "affected_region" is "Affected region"."""
    return name.replace("_", " ").capitalize()
