import pytest

from subscribers.returns.refusals import Fault, judge

ADDRESS, MAILBOX, OTHER = Fault.ADDRESS, Fault.MAILBOX, Fault.OTHER


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        # Nobody is there.
        ("550 5.1.1 <x@reader.example>: Recipient address rejected: User unknown in virtual table", ADDRESS),
        ("550-5.1.1 The email account that you tried to reach does not exist. Please try", ADDRESS),
        ("550 5.2.1 The email account that you tried to reach is disabled", ADDRESS),
        ("550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", ADDRESS),
        (
            "550 5.4.1 Recipient address rejected: Access denied. [AM0EUR02FT012.protection.outlook.com]",
            ADDRESS,
        ),
        ("550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).", ADDRESS),
        ("554 delivery error: dd This user doesn't have a yahoo.com account (x@yahoo.com) [0]", ADDRESS),
        ("550 No Such User Here", ADDRESS),
        ("Unrouteable address", ADDRESS),
        ("Sorry, no mailbox here by that name. (#5.1.1)", ADDRESS),
        ("556 5.1.10 Recipient address has null MX", ADDRESS),
        ("550 5.1.2 Host or domain name not found. Name service error for name=gone.example", ADDRESS),
        ("501 5.1.3 Bad recipient address syntax", ADDRESS),
        # Somebody is, whose mailbox takes nothing just now.
        ("552 5.2.2 <x@reader.example>: mailbox is full", MAILBOX),
        ("452-4.2.2 The email account that you tried to reach is over quota.", MAILBOX),
        ("550 5.1.1 <x@reader.example>: mailbox quota exceeded", MAILBOX),
        ("550 5.2.0 something about this mailbox", MAILBOX),
        ("450 4.1.1 unverified address", MAILBOX),
        # What we send, or how, or the way there.
        ("554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", OTHER),
        (
            "550 5.7.26 Unauthenticated email from example.com is not accepted due to domain's DMARC policy",
            OTHER,
        ),
        ("550 5.1.1 rejected: your address 192.0.2.1 is on a block list", OTHER),
        ("550 5.7.1 Unable to relay", OTHER),
        ("554 5.7.1 <x@reader.example>: Relay access denied", OTHER),
        ("550 5.7.1 recipient not found, or our policy forbids to say", OTHER),
        ("550 5.1.8 Sender address rejected: Domain not found", OTHER),
        ("550 5.1.7 Bad sender address", OTHER),
        ("552 5.3.4 Message size exceeds fixed limit", OTHER),
        ("550 5.6.0 Lone CR or LF in body", OTHER),
        ("554 5.4.6 Hop count exceeded", OTHER),
        ("450 4.4.1 Connection timed out", OTHER),
        ("451 4.7.1 Greylisted, try again later", OTHER),
        ("450 user unknown", OTHER),
        ("550 Administrative prohibition", OTHER),
        ("550 from 10.5.1.1.9 version 5.1.1.2", OTHER),
        ("", OTHER),
    ],
)
def test_only_what_plainly_says_that_nobody_is_there_is_held_against_an_address(
    text: str, fault: Fault
) -> None:
    assert judge(text) == fault


def test_the_status_of_a_report_counts_where_its_words_have_none() -> None:
    assert judge("unknown user: x", "5.1.1") == ADDRESS
    assert judge("x", "5.1.1") == ADDRESS
    assert judge("x", "5.2.2") == MAILBOX
    assert judge("550 5.7.1 go away", "5.1.1") == OTHER
    assert judge("550 No Such User Here", "5.0.0") == ADDRESS


def test_a_long_answer_is_judged_quickly() -> None:
    for text in ("user " * 100_000, "mailbox" + " " * 100_000 + "full", "<" * 100_000, "1." * 100_000):
        assert judge(text) in (MAILBOX, OTHER)
