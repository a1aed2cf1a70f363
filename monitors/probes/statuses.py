"""HTTP statuses that are expected: numbers and ranges of them, as people write them."""

import re
from dataclasses import dataclass
from typing import Self

from monitors.probes.base import ConfigError
from monitors.reasons import N_

RANGE = re.compile(r"\s*([1-5][0-9]{2})\s*(?:-\s*([1-5][0-9]{2})\s*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Statuses:
    """Inclusive ranges, each from 100 to 599."""

    ranges: tuple[tuple[int, int], ...]

    @classmethod
    def parse(cls, text: str, field: str) -> Self:
        """Statuses and ranges with commas between them. Raises ConfigError naming `field`."""
        ranges = []
        for part in text.split(","):
            match = RANGE.fullmatch(part)
            first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
            if first > last:
                raise ConfigError(field, N_("Write statuses from 100 to 599, such as 200-399,401."))
            ranges.append((first, last))
        return cls(tuple(ranges))

    def __contains__(self, status: int) -> bool:
        return any(first <= status <= last for first, last in self.ranges)

    @property
    def only_redirects(self) -> bool:
        """Whether a redirect is itself all that is expected."""
        return all(first >= 300 and last <= 399 for first, last in self.ranges)
