"""HTTP: one GET or HEAD, redirects followed, judged by the status of the last answer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from monitors.addresses import check_url
from monitors.guard import Allow
from monitors.outbound import exchange
from monitors.probes.base import ConfigError, Field, Finding, Probe
from monitors.reasons import N_, Reason, UrlRefused

MAX_REDIRECTS = 5
RANGE = re.compile(r"\s*([1-5][0-9]{2})\s*(?:-\s*([1-5][0-9]{2})\s*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class HttpConfig:
    """Where to look, how, and which statuses mean up (inclusive ranges)."""

    url: str
    method: str
    expected: tuple[tuple[int, int], ...]

    def expects(self, status: int) -> bool:
        """Whether a status means up."""
        return any(first <= status <= last for first, last in self.expected)

    @property
    def redirects(self) -> int:
        """How many redirects to follow: none where a redirect is itself all that is expected."""
        return 0 if all(first >= 300 and last <= 399 for first, last in self.expected) else MAX_REDIRECTS


class HttpProbe(Probe[HttpConfig]):
    """A web address answers with an expected status."""

    kind = "http"
    label = N_("HTTP(S)")
    fields = (
        Field(
            "url",
            N_("Address"),
            N_("An address that begins with http:// or https://. Up to 5 redirects are followed."),
        ),
        Field(
            "method", N_("Method"), N_("HEAD asks for no content."), default="GET", choices=("GET", "HEAD")
        ),
        Field(
            "expected_statuses",
            N_("Expected statuses"),
            N_("Statuses that mean up, such as 200-399,401. With 301 alone, redirects are not followed."),
            default="200-399",
        ),
    )

    def read(self, values: Mapping[str, str], allow: Allow) -> HttpConfig:
        """See Probe.read."""
        try:
            url = check_url(values["url"].strip(), allow)
        except UrlRefused as error:
            raise ConfigError("url", error.sentence) from None
        return HttpConfig(url, values["method"], parse_statuses(values["expected_statuses"]))

    async def look(self, config: HttpConfig, deadline: float, allow: Allow) -> Finding:
        """See Probe.look."""
        answer = await exchange(
            config.method, config.url, deadline=deadline, allow=allow, redirects=config.redirects
        )
        return Finding(None if config.expects(answer.status) else Reason.STATUS, answer.status)


def parse_statuses(text: str) -> tuple[tuple[int, int], ...]:
    """Statuses and ranges of them, 100 to 599, separated by commas. Raises ConfigError."""
    ranges = []
    for part in text.split(","):
        match = RANGE.fullmatch(part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if first > last:
            raise ConfigError("expected_statuses", N_("Write statuses from 100 to 599, such as 200-399,401."))
        ranges.append((first, last))
    return tuple(ranges)
