"""Judges whose fault it is when a mail server says no: the address's, the mailbox's, or another. Pure.

Only what plainly says that an address does not exist is held against it: refusals of our mail, our
network or our words are ours to mend, and must never cost a subscriber.
"""

import re
from enum import StrEnum

# An enhanced status code (RFC 3463), not a part of an IP address or a version.
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)")
# X.1.7 and X.1.8 speak of the sender. X.4.4: no server for the domain.
_GONE = re.compile(r"5\.(1\.(1|2|3|6|9|10)|2\.1|4\.4)")
_FULL = re.compile(r"[45]\.(2\.\d+|1\.\d+)")
_UNCLEAR = re.compile(r"5\.(0\.\d+|1\.0|2\.0|3\.0|4\.1|5\.0)")
# What no address can help; looked for first, for it is said with every code.
_POLICY = re.compile(
    r"spam|black ?list|block ?list|\bdnsbl|\brbl\b|\bblocked\b|reputation|policy|\bspf\b|\bdkim\b|\bdmarc\b|"
    r"unauthenticated|not authenticated|authentication|unsolicited|relay(ing)? (access )?denied|"
    r"not permitted to relay|unable to relay|rate limit|too many|virus|reverse dns|sender (address )?reject|"
    r"spamhaus|barracuda|content rejected|banned|greylist",
    re.IGNORECASE,
)
_UNKNOWN = re.compile(
    r"(user|recipient|mailbox|address|account|email)[\w'’<>@.\s-]{0,80}"
    r"(unknown|not found|does(n't| not) exist|no longer|disabled|inactive|not listed|invalid|suspended)|"
    r"(unknown|no such|invalid|non-?existent) (local )?(user|recipient|mailbox|address|account|person)|"
    r"recipient address rejected|no mailbox (here )?by that name|not a valid (mailbox|recipient|user)|"
    r"unrouteable address|not our customer|(does not|doesn.t) have an? .{0,40}account|mailbox unavailable|"
    r"domain (name )?not found|no such domain|null mx",
    re.IGNORECASE,
)
_QUOTA = re.compile(
    r"(mailbox|quota|inbox|storage).{0,40}(full|exceeded|over)|over ?quota|out of storage", re.IGNORECASE
)


class Fault(StrEnum):
    """Whose fault it is."""

    # There is nobody at that address.
    ADDRESS = "address"
    # Somebody is, whose mailbox takes nothing just now.
    MAILBOX = "mailbox"
    # A refusal of what we send or how, or a network between.
    OTHER = "other"


def judge(text: str, status: str = "") -> Fault:
    """Judge a final "no" by its words ("550 5.1.1 User unknown") and its status, where that is known."""
    text = text[:2_000]
    found = _STATUS.search(text)
    # A report's own status is often less exact than the one that the server gave.
    precise = found[1] if found else status
    if _POLICY.search(text):
        return Fault.OTHER
    if _QUOTA.search(text):
        return Fault.MAILBOX
    if _GONE.fullmatch(precise):
        return Fault.ADDRESS
    if (not precise or _UNCLEAR.fullmatch(precise)) and not text.startswith("4") and _UNKNOWN.search(text):
        return Fault.ADDRESS
    return Fault.MAILBOX if _FULL.fullmatch(precise) and not _of_the_sender(precise) else Fault.OTHER


def _of_the_sender(status: str) -> bool:
    return status.endswith((".1.7", ".1.8"))
