"""Judges what the DNS says of a domain that mail is sent from: SPF, DKIM and DMARC.

What is to be put into the DNS is said as a whole line that can be copied; what cannot be seen from here
is said to be unknown, never to be in order.
"""

import re
from collections.abc import Sequence

from django.utils.translation import gettext as _

from subscribers.dkim import Signer
from subscribers.sending_domain import Finding, ok, tags, txt_record, unknown, visible, wrong
from subscribers.sending_domain.names import Address, Names
from subscribers.sending_domain.spf import LOOKUPS, Spf, read

# What large relays ask their customers to include, by how the relay's host ends.
INCLUDES = {
    "amazonaws.com": "amazonses.com",
    "sendgrid.net": "sendgrid.net",
    "mailgun.org": "mailgun.org",
    "gmail.com": "_spf.google.com",
    "google.com": "_spf.google.com",
    "office365.com": "spf.protection.outlook.com",
    "outlook.com": "spf.protection.outlook.com",
    "postmarkapp.com": "spf.mtasv.net",
    "mailjet.com": "spf.mailjet.com",
    "brevo.com": "spf.brevo.com",
    "sparkpostmail.com": "sparkpostmail.com",
    "messagingengine.com": "spf.messagingengine.com",
    "fastmail.com": "spf.messagingengine.com",
    "ovh.net": "mx.ovh.com",
    "gandi.net": "_mailcust.gandi.net",
    "infomaniak.com": "spf.infomaniak.ch",
}
POLICIES = ("none", "quarantine", "reject")


def spf(domain: str, relay: str, addresses: Sequence[Address], sure: bool, names: Names) -> Finding:
    """Whether the relay (a host) may send for a domain; `sure`: mail does leave from these addresses."""
    found = read(domain, addresses, names)
    include = next((value for end, value in INCLUDES.items() if f".{relay}".endswith(f".{end}")), "")
    wanted = _wanted(include, relay, addresses, sure)
    if not found.records:
        record = txt_record(domain, f"v=spf1 {wanted} ~all" if wanted else "v=spf1 mx ~all")
        return wrong("SPF", _("There is no record that says who may send for this domain."), record)
    if len(found.records) > 1:
        terms = " ".join(dict.fromkeys(term for text in found.records for term in _inner(text)))
        says = _("There are %(number)d records; receivers then believe none. Make it one.")
        record = txt_record(domain, f"v=spf1 {terms} ~all")
        return wrong("SPF", says % {"number": len(found.records)}, record)
    return _spf(domain, found, include, wanted, sure)


def _spf(domain: str, found: Spf, include: str, wanted: str, sure: bool) -> Finding:
    count = _("%(record)s (%(number)d of %(most)d lookups)")
    says = count % {"record": visible(found.record), "number": found.lookups, "most": LOOKUPS}
    if found.lookups > LOOKUPS:
        return wrong(
            "SPF", says, _("More than ten lookups: receivers stop reading. Leave out what is not needed.")
        )
    if found.problems:
        return wrong("SPF", says, *found.problems)
    if found.everybody:
        return wrong("SPF", says, _("“+all” lets everybody send in your name: write “~all”."))
    if (include and include in found.includes) or found.result == "pass":
        return ok("SPF", says)
    added = txt_record(domain, _with(found.record, wanted)) if wanted else ""
    if include or sure:
        return wrong("SPF", says, _("Your relay is not in it. Make it:"), added)
    hint = _(
        "Whether your relay’s servers are in it cannot be seen from here; its handbook says what to include."
    )
    return unknown("SPF", says, hint, *([_("If it sends by itself:"), added] if added else []))


def _wanted(include: str, relay: str, addresses: Sequence[Address], sure: bool) -> str:
    if include:
        return f"include:{include}"
    if sure:
        return " ".join(f"ip{address.version}:{address}" for address in addresses)
    return f"a:{relay}" if "." in relay and addresses else ""


def _inner(record: str) -> list[str]:
    return [term for term in record.split()[1:] if not re.fullmatch(r"[+?~-]?all", term, re.IGNORECASE)]


def _with(record: str, term: str) -> str:
    """The record with one more term, before what stands for everybody else."""
    first, *terms = record.split()
    rest = [found for found in terms if re.fullmatch(r"[+?~-]?all|redirect=.*", found, re.IGNORECASE)]
    return " ".join([first, *(found for found in terms if found not in rest), term, *rest])


def dkim(domain: str, signer: Signer | None, selector: str, names: Names) -> Finding:
    """Whether what we sign can be verified; where a relay signs, whether the key of its selector is there."""
    if signer and signer.covers(domain):
        name, value = signer.record
        return _own_key(name, value, names)
    if signer:
        says = _("DKIM_DOMAIN is %(domain)s: mail from this domain is not signed.")
        return wrong("DKIM", says % {"domain": signer.domain})
    if selector:
        return _key_of_relay(f"{selector}._domainkey.{domain}", names)
    return unknown(
        "DKIM",
        _("The application does not sign. Perhaps your relay does."),
        _("Send yourself a test (--to) and look for s= in DKIM-Signature; then check it with --selector."),
        _("Or let the application sign: set DKIM_KEY and DKIM_SELECTOR."),
    )


def _own_key(name: str, value: str, names: Names) -> Finding:
    records = names.texts(name)
    line = txt_record(name, value)
    if not records:
        return wrong("DKIM", _("The key that signs is not in the DNS: signatures are worth nothing."), line)
    published, ours = tags(records[0]), tags(value)
    if len(records) > 1 or _key(published) != _key(ours) or published.get("k", "rsa") != ours["k"]:
        return wrong("DKIM", _("Another key is in the DNS than the one that signs."), line)
    if "y" in published.get("t", "").split(":"):
        return wrong("DKIM", _("The record says t=y: receivers take it for a test."), line)
    return ok("DKIM", _("%(name)s has the key that signs.") % {"name": name})


def _key_of_relay(name: str, names: Names) -> Finding:
    records = names.texts(name)
    if not records or not _key(tags(records[0])):
        return wrong("DKIM", _("There is no key at %(name)s.") % {"name": name})
    return ok("DKIM", _("There is a key at %(name)s.") % {"name": name})


def _key(found: dict[str, str]) -> str:
    return "".join(found.get("p", "").split())


def dmarc(domain: str, envelope: str, signed: bool, names: Names) -> Finding:
    """What becomes of forgeries, and whether our own mail would pass.

    `envelope` is the domain that bounces go to; `signed` says whether DKIM signs for `domain`.
    """
    place, records = _policy(domain, names)
    if not records:
        record = txt_record(f"_dmarc.{domain}", f"v=DMARC1; p=none; rua=mailto:postmaster@{domain}")
        says = _("There is no record: large receivers ask for one, and forgeries are nobody’s matter.")
        return wrong("DMARC", says, record)
    found = tags(records[0])
    says = visible(records[0])
    policy = found.get("p", "").lower()
    if len(records) > 1 or policy not in POLICIES:
        line = txt_record(f"_dmarc.{place}", f"v=DMARC1; p=none; rua=mailto:postmaster@{domain}")
        return wrong("DMARC", says, _("It needs one record with p=none, p=quarantine or p=reject."), line)
    if not signed and not _aligned(domain, envelope, place, strict=found.get("aspf", "r").lower() == "s"):
        hint = _("Bounces go to %(envelope)s, so SPF does not count for %(domain)s: sign with DKIM.")
        judged = wrong if policy != "none" else unknown
        return judged("DMARC", says, hint % {"envelope": envelope, "domain": domain})
    if policy == "none":
        return ok("DMARC", says, _("When the reports are good for some weeks: p=quarantine."))
    return ok("DMARC", says)


def _policy(domain: str, names: Names) -> tuple[str, list[str]]:
    """The records that apply: of the domain, else of one above it."""
    labels = domain.split(".")
    for start in range(max(1, len(labels) - 1)):
        place = ".".join(labels[start:])
        records = [
            text for text in names.texts(f"_dmarc.{place}") if re.match(r"v\s*=\s*DMARC1\s*(;|$)", text)
        ]
        if records:
            return place, records
    return domain, []


def _aligned(domain: str, envelope: str, place: str, *, strict: bool) -> bool:
    """Whether one domain stands for the other; the place of the record stands for the organisation."""
    if strict or domain == envelope:
        return domain == envelope
    return all(f".{name}".endswith(f".{place}") for name in (domain, envelope)) or f".{domain}".endswith(
        f".{envelope}"
    )
