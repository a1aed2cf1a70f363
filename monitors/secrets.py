"""The settings of a monitor in their two halves: what anybody on the staff may see, and what is secret.

Pure. A secret that is left empty is the one that was kept, unless it would now go to somebody else.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from monitors.masks import masked
from monitors.probes.base import ConfigError, Probe
from monitors.reasons import N_

__all__ = ["Settings", "masked", "split"]


@dataclass(frozen=True, slots=True)
class Settings:
    """Texts by the name of the field: those of `Monitor.config`, and those of `Monitor.secrets`."""

    config: Mapping[str, str]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def kept(cls, config: Mapping[str, str], secrets: str) -> Self:
        """As a monitor keeps them. Raises ValueError where the secrets are not what `sealed` wrote."""
        read = json.loads(secrets) if secrets else {}
        if isinstance(read, dict) and all(isinstance(each, str) for each in read.values()):
            return cls(config, read)
        raise ValueError("These secrets cannot be read.")

    @property
    def whole(self) -> dict[str, str]:
        """All of them, as a probe parses them."""
        return {**self.config, **self.secrets}

    @property
    def secret_text(self) -> str:
        """The secrets as `Monitor.secrets` keeps them; empty for none."""
        return json.dumps(self.secrets, sort_keys=True) if self.secrets else ""


def split(
    probe: Probe[Any],
    values: Mapping[str, str],
    before: Settings | None = None,
    forget: Collection[str] = (),
) -> Settings:
    """The halves of what was typed; what is left at its default is left out.

    `before` is what the monitor has kept so far, of the same kind, and `forget` names secrets that go.
    Raises ConfigError for a secret that must be typed again, because another address would get it.
    """
    fields = {each.name: each for each in probe.fields}
    typed = {
        name: text.replace("\r\n", "\n") if name in fields and fields[name].lines > 1 else text
        for name, text in values.items()
        if text and not (name in fields and text == fields[name].default)
    }
    config = {name: text for name, text in typed.items() if not (name in fields and fields[name].secret)}
    secrets = {name: text for name, text in typed.items() if name not in config}
    still = {
        name: text
        for name, text in (before.secrets if before else {}).items()
        if name in fields and name not in secrets and name not in forget
    }
    if before and still and probe.audience(before.whole) != probe.audience(typed):
        raise ConfigError(min(still), N_("Write this secret again: the address is another one."))
    return Settings(config, {**still, **secrets})
