"""What is read from a real DNS server about a domain that mail is sent from."""

from collections.abc import Iterator
from ipaddress import ip_address

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from subscribers.dkim import Signer
from subscribers.sending_domain import Finding, Verdict, records, txt_record, visible
from subscribers.sending_domain.names import Names, NamesDown
from subscribers.sending_domain.relay import reverse
from subscribers.sending_domain.spf import read
from tests.subscribers.zone import Zone, serve

DOMAIN = "example.com"
OURS, OTHER = ip_address("192.0.2.25"), ip_address("198.51.100.7")
OK, WRONG, UNKNOWN = Verdict.OK, Verdict.WRONG, Verdict.UNKNOWN


@pytest.fixture
def zone() -> Iterator[Zone]:
    with serve() as zone:
        yield zone


@pytest.fixture
def names(zone: Zone) -> Names:
    return Names(zone.address)


@pytest.fixture(scope="module")
def signer() -> Signer:
    key = generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return Signer.parse(pem, "news", DOMAIN)


def spf(names: Names, relay: str = "mail.example.net", sure: bool = True) -> Finding:
    return records.spf(DOMAIN, relay, [OURS], sure, names)


@pytest.mark.parametrize(
    ("record", "result"),
    [
        ("v=spf1 ip4:192.0.2.25 -all", "pass"),
        ("v=spf1 ip4:192.0.2.0/24 ~all", "pass"),
        ("v=spf1 a -all", "pass"),
        ("v=spf1 a:mail.example.net -all", "pass"),
        ("v=spf1 a:near.example.net/24 -all", "pass"),
        ("v=spf1 a:near.example.net/32 -all", "fail"),
        ("v=spf1 mx -all", "pass"),
        ("v=spf1 mx:example.com/24//64 -all", "pass"),
        ("v=spf1 include:other.example -all", "pass"),
        ("v=spf1 redirect=other.example", "pass"),
        ("v=spf1 redirect=other.example -all", "fail"),
        ("v=spf1 -include:other.example ip4:192.0.2.25", "fail"),
        ("v=spf1 exists:mail.example.net -all", "pass"),
        ("v=spf1 ?ip4:192.0.2.25 -all", "neutral"),
        ("v=spf1 ip6:2001:db8::/32 ~all", "softfail"),
        ("V=SPF1 IP4:192.0.2.25 -ALL", "pass"),
        ("v=spf1", "neutral"),
    ],
)
def test_a_record_is_read_as_receivers_read_it(zone: Zone, names: Names, record: str, result: str) -> None:
    zone.put(DOMAIN, "TXT", "something else", record)
    zone.put(DOMAIN, "A", str(OURS))
    zone.put(DOMAIN, "MX", "mail.example.net")
    zone.put("mail.example.net", "A", str(OURS))
    zone.put("near.example.net", "A", "192.0.2.99")
    zone.put("other.example", "TXT", "v=spf1 ip4:192.0.2.25 -all")

    found = read(DOMAIN, [OURS], names)

    assert found.result == result
    assert not found.problems
    assert found.lookups <= 1


def test_the_relay_is_in_the_record(zone: Zone, names: Names) -> None:
    zone.put(DOMAIN, "TXT", "v=spf1 ip4:192.0.2.25 ~all")

    assert spf(names).verdict == OK
    assert "(0 of 10 lookups)" in spf(names).says


def test_without_a_record_there_is_one_to_copy(names: Names) -> None:
    found = spf(names)

    assert (found.verdict, found.todo) == (WRONG, ('example.com. TXT "v=spf1 ip4:192.0.2.25 ~all"',))


def test_a_record_without_the_relay_is_told_with_it_before_all(zone: Zone, names: Names) -> None:
    zone.put(DOMAIN, "TXT", "v=spf1 mx -all")

    found = spf(names)

    assert found.verdict == WRONG
    assert found.todo[-1] == 'example.com. TXT "v=spf1 mx ip4:192.0.2.25 -all"'


def test_a_known_relay_wants_its_own_include(zone: Zone, names: Names) -> None:
    zone.put(DOMAIN, "TXT", "v=spf1 include:other.example ~all")
    zone.put("other.example", "TXT", "v=spf1 include:amazonses.com -all")
    zone.put("amazonses.com", "TXT", "v=spf1 ip4:198.51.100.0/24 -all")

    assert spf(names, "email-smtp.eu-west-1.amazonaws.com", sure=False).verdict == OK
    missing = spf(names, "smtp.sendgrid.net", sure=False)
    assert missing.verdict == WRONG
    assert missing.todo[-1] == 'example.com. TXT "v=spf1 include:other.example include:sendgrid.net ~all"'


def test_whether_an_unknown_relay_is_in_it_is_unknown(zone: Zone, names: Names) -> None:
    zone.put(DOMAIN, "TXT", "v=spf1 ip4:198.51.100.7 ~all")

    found = spf(names, sure=False)

    assert found.verdict == UNKNOWN
    assert found.todo[-1] == 'example.com. TXT "v=spf1 ip4:198.51.100.7 a:mail.example.net ~all"'


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (["v=spf1 mx -all", "v=spf1 ip4:192.0.2.25 -all"], 'TXT "v=spf1 mx ip4:192.0.2.25 ~all"'),
        (["v=spf1 ip4:192.0.2.25 +all"], "“+all”"),
        (["v=spf1 ip4:192.0.2.25 all"], "“+all”"),
        (["v=spf1 ip4:192.0.2.300 -all"], "“192.0.2.300” is no network"),
        (["v=spf1 ipv4:192.0.2.25 -all"], "“ipv4:192.0.2.25” is no term"),
        (["v=spf1 include:nothing.example ip4:192.0.2.25 -all"], "“nothing.example” has no single"),
        (["v=spf1 ptr ip4:192.0.2.25 -all"], "“ptr” is not to be used"),
        (["v=spf1 \x1b[31mip4:1 -all"], "“?[31mip4:1” is no term"),
    ],
)
def test_a_record_that_receivers_do_not_believe_is_wrong(
    zone: Zone, names: Names, values: list[str], says: str
) -> None:
    zone.put(DOMAIN, "TXT", *values)
    zone.put(DOMAIN, "MX", "mail.example.net")

    found = spf(names)

    assert found.verdict == WRONG
    assert says in " ".join(found.todo)


def test_more_than_ten_lookups_are_too_many(zone: Zone, names: Names) -> None:
    for number in range(11):
        zone.put(f"s{number}.example", "TXT", f"v=spf1 ip4:198.51.100.{number} -all")
    terms = " ".join(f"include:s{number}.example" for number in range(11))
    zone.put(DOMAIN, "TXT", f"v=spf1 ip4:192.0.2.25 {terms} -all")

    found = spf(names)

    assert found.verdict == WRONG
    assert "(11 of 10 lookups)" in found.says


@pytest.mark.parametrize("record", ["v=spf1 include:example.com -all", "v=spf1 redirect=example.com"])
def test_a_record_that_refers_to_itself_ends(zone: Zone, names: Names, record: str) -> None:
    zone.put(DOMAIN, "TXT", record)

    assert spf(names).verdict == WRONG
    assert len(zone.asked) < 30


def test_a_record_that_refers_to_thousands_is_not_followed(zone: Zone, names: Names) -> None:
    zone.put(DOMAIN, "TXT", "v=spf1 " + " ".join(f"a:h{number}.example" for number in range(500)))

    assert spf(names).verdict == WRONG
    assert len(zone.asked) < 60


def test_the_key_that_signs_is_in_the_dns(zone: Zone, names: Names, signer: Signer) -> None:
    name, value = signer.record
    assert len(value) > 255
    zone.put(name, "TXT", value)

    assert records.dkim(DOMAIN, signer, "", names).verdict == OK
    assert records.dkim(f"status.{DOMAIN}", signer, "", names).verdict == OK


def test_spaces_and_other_tags_in_the_record_of_a_key_do_not_matter(
    zone: Zone, names: Names, signer: Signer
) -> None:
    name, value = signer.record
    zone.put(name, "TXT", value.replace("; ", " ;").replace("p=", "t=s; p = ").replace("MII", "MII "))

    assert records.dkim(DOMAIN, signer, "", names).verdict == OK


@pytest.mark.parametrize("change", ["missing", "another", "revoked", "two", "testing", "other kind"])
def test_a_key_that_does_not_verify_is_wrong_with_the_line_to_copy(
    zone: Zone, names: Names, signer: Signer, change: str
) -> None:
    name, value = signer.record
    changed = {
        "another": [value.replace("MII", "MIJ")],
        "revoked": ["v=DKIM1; p="],
        "two": [value, value.replace("MII", "MIJ")],
        "testing": [f"{value}; t=y:s"],
        "other kind": [value.replace("k=rsa", "k=ed25519")],
    }
    if change in changed:
        zone.put(name, "TXT", *changed[change])

    found = records.dkim(DOMAIN, signer, "", names)

    assert (found.verdict, found.todo) == (WRONG, (txt_record(name, value),))
    # As a zone file has it: no string longer than 255.
    strings = found.todo[0].partition(" TXT ")[2].strip('"').split('" "')
    assert "".join(strings) == value
    assert max(map(len, strings)) <= 255


def test_an_elliptic_key_is_known_too(zone: Zone, names: Names) -> None:
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    signer = Signer.parse(pem, "ed", DOMAIN)
    zone.put(signer.record[0], "TXT", signer.record[1])

    assert records.dkim(DOMAIN, signer, "", names).verdict == OK


def test_who_signs_for_another_domain_signs_for_nobody(names: Names, signer: Signer) -> None:
    assert records.dkim("example.org", signer, "", names).verdict == WRONG


def test_the_key_of_a_relay_is_looked_up_by_its_selector(zone: Zone, names: Names) -> None:
    zone.put("s1._domainkey.example.com", "TXT", "k=rsa; p=MIGf")

    assert records.dkim(DOMAIN, None, "s1", names).verdict == OK
    assert records.dkim(DOMAIN, None, "s2", names).verdict == WRONG
    assert records.dkim(DOMAIN, None, "", names).verdict == UNKNOWN


@pytest.mark.parametrize(
    ("record", "envelope", "signed", "verdict"),
    [
        ("v=DMARC1; p=reject; rua=mailto:dmarc@example.com", DOMAIN, False, OK),
        ("v=DMARC1;p=none", DOMAIN, False, OK),
        ("v=DMARC1; p=none", "bounces.example.com", False, OK),
        ("v=DMARC1; p=none; aspf=s", "bounces.example.com", False, UNKNOWN),
        ("v=DMARC1; p=reject; aspf=s", "bounces.example.com", False, WRONG),
        ("v=DMARC1; p=reject", "relay.example.net", False, WRONG),
        ("v=DMARC1; p=reject", "relay.example.net", True, OK),
        ("v=DMARC1; p=reject", "notexample.com", False, WRONG),
        ("v=DMARC1", DOMAIN, True, WRONG),
        ("v=DMARC1; p=all", DOMAIN, True, WRONG),
        ("v=DMARC12; p=none", DOMAIN, True, WRONG),
    ],
)
def test_a_policy_is_judged_by_whether_our_mail_passes_it(
    zone: Zone, names: Names, record: str, envelope: str, signed: bool, verdict: Verdict
) -> None:
    zone.put(f"_dmarc.{DOMAIN}", "TXT", record)

    assert records.dmarc(DOMAIN, envelope, signed, names).verdict == verdict


def test_the_policy_of_the_domain_above_counts(zone: Zone, names: Names) -> None:
    zone.put("_dmarc.example.com", "TXT", "v=DMARC1; p=quarantine")

    assert records.dmarc("status.example.com", "bounces.example.com", False, names).verdict == OK


def test_without_a_policy_there_is_one_to_copy(names: Names) -> None:
    found = records.dmarc(DOMAIN, DOMAIN, True, names)

    line = '_dmarc.example.com. TXT "v=DMARC1; p=none; rua=mailto:postmaster@example.com"'
    assert (found.verdict, found.todo) == (WRONG, (line,))


def test_an_address_needs_a_name_that_leads_back(zone: Zone, names: Names) -> None:
    zone.put(OURS.reverse_pointer, "PTR", "mail.example.com")
    zone.put("mail.example.com", "A", str(OURS))
    zone.put(OTHER.reverse_pointer, "PTR", "elsewhere.example")

    good, bad = reverse([OURS, OTHER], sure=True, names=names)

    assert (good.verdict, bad.verdict) == (OK, WRONG)
    assert bad.todo[-1] == "7.100.51.198.in-addr.arpa. PTR mail.example.com."
    assert reverse([], sure=False, names=names)[0].verdict == UNKNOWN


def test_a_server_that_does_not_answer_is_told_from_a_name_that_is_not_there(
    zone: Zone, names: Names
) -> None:
    zone.broken.add("broken.example")

    assert names.texts("nothing.example") == []
    assert names.texts(f"{'a' * 70}.example") == []
    with pytest.raises(NamesDown, match=r"TXT broken\.example"):
        names.texts("broken.example")


@pytest.mark.parametrize("resolver", ["example.com", "192.0.2.1:dns", "[::1", "192.0.2.1:1:2", "-"])
def test_what_is_no_resolver_is_refused(resolver: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        Names(resolver)


def test_nothing_in_the_dns_moves_a_terminal() -> None:
    assert visible("a\x1b[2J\u202eb\n") == "a?[2J?b?"
    assert len(visible("x" * 5_000)) < 310
