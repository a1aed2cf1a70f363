"""What an answer over HTTP must be, what is wrong with one that is not, and how it is shown."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from http import HTTPStatus

from monitors.outbound import Exchange
from monitors.probes.base import LOOKED_THROUGH, Finding
from monitors.probes.conditions import Condition, Walk, parse_json, shown
from monitors.probes.pace import Pace
from monitors.probes.statuses import Statuses
from monitors.reasons import Reason

# Headers of an answer that may hold what lets somebody in.
UNTOLD = {"set-cookie", "set-cookie2", "authorization", "proxy-authorization", "authentication-info"}
# Python knows others, some of which take the square of the time.
CHARSET = re.compile(
    r"""charset=["']?(us-ascii|utf-(?:8|16(?:le|be)?)|iso-8859-(?:[1-9]|1[013-6])|windows-125[0-8]|koi8-[ru]"""
    r"""|shift_jis|euc-(?:jp|kr)|iso-2022-jp|gb2312|gbk|gb18030|big5)\b""",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Expected:
    """All that an answer must be to mean up; an empty text and no condition ask for nothing."""

    statuses: Statuses
    present: str
    absent: str
    conditions: tuple[Condition, ...]
    pace: Pace

    def judge(self, answer: Exchange) -> Finding:
        """The first thing that is wrong, what says most before what says less."""
        wrong = next(self._wrong(answer), None)
        return told(wrong or self.pace.judge(answer.timings.total), answer)

    def _wrong(self, answer: Exchange) -> Iterator[Finding]:
        if answer.status not in self.statuses:
            yield Finding(Reason.STATUS)
        text = _text(answer, len(answer.body)) if self.present or self.absent else ""
        if self.present and self.present not in text:
            yield Finding(Reason.TEXT_MISSING, facts={"text": self.present})
        if self.absent and self.absent in text:
            yield Finding(Reason.TEXT_PRESENT, facts={"text": self.absent})
        if self.conditions:
            yield from _unmet(self.conditions, answer.body)


def told(found: Finding, answer: Exchange) -> Finding:
    """With the status and the times of the answer, and with the answer itself where it failed."""
    found = replace(found, status_code=answer.status, phases=answer.timings.phases)
    return found if found.reason is None else replace(found, excerpt=_excerpt(answer))


def _unmet(conditions: tuple[Condition, ...], body: bytes) -> Iterator[Finding]:
    try:
        document, walk = parse_json(body), Walk()
        for condition in conditions:
            found = condition.find(document, walk)
            if not condition.holds(found):
                yield Finding(Reason.JSON_VALUE, facts={"condition": condition.text, "found": shown(found)})
    # TooMuch is a ValueError; what is nested deeply parses and does not compare.
    except (ValueError, RecursionError):
        yield Finding(Reason.JSON_INVALID)


def _text(answer: Exchange, most: int) -> str:
    """The first bytes of the content as text, in the charset that the answer names, else UTF-8."""
    named = CHARSET.search(answer.headers.get("content-type", ""))
    return answer.body[:most].decode(named[1] if named else "utf-8", errors="replace")


def _excerpt(answer: Exchange) -> str:
    """The answer as it can be shown: its status, its headers but for what lets somebody in, its content."""
    try:
        phrase = HTTPStatus(answer.status).phrase
    except ValueError:
        phrase = ""
    head = [f"HTTP/1.1 {answer.status} {phrase}".rstrip()]
    head += [f"{name}: {value}" for name, value in answer.headers.items() if name not in UNTOLD]
    return "\n".join([*head, "", _text(answer, LOOKED_THROUGH)])
