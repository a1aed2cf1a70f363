"""The settings of a kind: texts, each with a name, some of them secret; and how one is refused."""

import unicodedata
from dataclasses import dataclass

from monitors.reasons import N_

MAX_LENGTH = 2_000
# Of a secret, and of a setting of several lines.
LONGEST = 10_000
LINE_BREAKS = "\r\n\t"


@dataclass(frozen=True, slots=True)
class Field:
    """One text setting of a kind, enough to build an input for it; texts are message ids.

    A `secret` one is kept encrypted, travels sealed, and is shown to nobody again. `choices` are values,
    called by `labels`, or by themselves; `lines` makes room for so many lines. What is `seldom` needed is
    folded away until it is set.
    """

    name: str
    label: str
    help: str
    required: bool = True
    default: str = ""
    choices: tuple[str, ...] = ()
    secret: bool = False
    lines: int = 1
    labels: tuple[str, ...] = ()
    seldom: bool = False

    @property
    def options(self) -> tuple[tuple[str, str], ...]:
        """The choices, each with what it is called."""
        return tuple(zip(self.choices, self.labels or self.choices, strict=True))

    @property
    def longest(self) -> int:
        """How many characters it may have."""
        return LONGEST if self.secret or self.lines > 1 else MAX_LENGTH


class ConfigError(ValueError):
    """A setting is refused: which one, and why (a message id)."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(f"{field}: {sentence}")
        self.field = field
        self.sentence = sentence


def read_text(field: Field, value: object) -> str:
    """The setting, if it is a text that the field can hold at all. Raises ConfigError."""
    if not isinstance(value, str):
        raise ConfigError(field.name, N_("This setting must be a text."))
    if field.required and not value.strip():
        raise ConfigError(field.name, N_("This setting is required."))
    if len(value) > field.longest:
        raise ConfigError(field.name, _TOO_LONG[field.longest])
    if _has_control_characters(value, LINE_BREAKS if field.lines > 1 else ""):
        raise ConfigError(field.name, N_("This setting has control characters in it."))
    if field.choices and value not in field.choices:
        raise ConfigError(field.name, N_("This is not one of the choices."))
    return value


def _has_control_characters(text: str, but: str) -> bool:
    return any(unicodedata.category(each) in ("Cc", "Cs") and each not in but for each in text)


_TOO_LONG = {
    MAX_LENGTH: N_("This setting is longer than 2,000 characters."),
    LONGEST: N_("This setting is longer than 10,000 characters."),
}
