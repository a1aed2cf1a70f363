"""Judges the way out and the way back: the relay, its certificate, the names of our addresses, the mailbox.

Connects and signs in as sending does, and sends nothing.
"""

import ssl
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from ipaddress import ip_address
from smtplib import SMTPException

from django.utils.translation import gettext as _

from subscribers.channels.base import ChannelDown
from subscribers.channels.server import Server
from subscribers.returns.imap import MailboxDown, visit
from subscribers.returns.mailbox import Place
from subscribers.sending_domain import Finding, ok, unknown, visible, wrong
from subscribers.sending_domain.names import Address, Names

# Days that a certificate must still be good for.
SOON = 14


def relay(url: str, name: str, now: datetime) -> list[Finding]:
    """Whether the relay of EMAIL_URL takes us as what we call ourselves, and how safe that is."""
    if not url:
        return [wrong("SMTP", _("EMAIL_URL is not set: mail is written to files and reaches nobody."))]
    try:
        server = Server.parse(url)
        connection = server.connect(name)
    except ValueError as error:
        return [wrong("SMTP", str(error))]
    except ChannelDown as down:
        return [wrong("SMTP", str(down))]
    where = f"{server.host}:{server.port}"
    signed_in = _("%(where)s takes us; signed in as %(user)s.") % {"where": where, "user": server.user}
    says = signed_in if server.user else _("%(where)s takes us without a password.") % {"where": where}
    try:
        return [ok("SMTP", says), _tls(server, connection.sock, connection.has_extn("starttls"), now)]
    finally:
        with suppress(OSError, SMTPException):
            connection.quit()
        connection.close()


def _tls(server: Server, sock: object, offers: bool, now: datetime) -> Finding:
    if isinstance(sock, ssl.SSLSocket):
        return _certificate(sock, server, now)
    if _is_here(server.host):
        return ok("TLS", _("The relay is on this machine: no encryption is needed."))
    if offers:
        better = _("Write smtp+tls:// in EMAIL_URL: the relay can encrypt.")
        return wrong("TLS", _("Mail goes to the relay in clear text."), better)
    return wrong("TLS", _("Mail goes to the relay in clear text, and it offers no encryption."))


def _certificate(sock: ssl.SSLSocket, server: Server, now: datetime) -> Finding:
    certificate = sock.getpeercert() or {}
    ends = str(certificate.get("notAfter", ""))
    if not ends:  # nobody asked for it
        better = _("Write smtp+tls:// in EMAIL_URL: then nobody can stand between.")
        version = {"version": sock.version()}
        return unknown("TLS", _("%(version)s, but the certificate is not looked at.") % version, better)
    days = int((ssl.cert_time_to_seconds(ends) - now.timestamp()) // 86_400)
    says = _("%(version)s, the certificate is good for %(days)d more days.")
    values = {"version": sock.version(), "days": days}
    return (ok if days >= SOON else wrong)("TLS", says % values)


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def reverse(addresses: Sequence[Address], sure: bool, names: Names) -> list[Finding]:
    """Whether the addresses that mail leaves from have names that lead back to them; `sure`: mail does."""
    public = [address for address in addresses if address.is_global] if not sure else list(addresses)
    if not public:
        hint = _("Name the address that your mail leaves from: --from-address.")
        return [unknown("PTR", _("The address that mail leaves from is not known here."), hint)]
    return [_reverse(address, sure, names) for address in public]


def _reverse(address: Address, sure: bool, names: Names) -> Finding:
    hosts = names.hosts(address)
    good = next((host for host in hosts if address in names.addresses(host)), "")
    if good:
        return ok("PTR", f"{address} → {visible(good)}")
    judged = wrong if sure else unknown
    todo = _("Ask whoever gave you the address for a name that leads back to it:")
    record = f"{address.reverse_pointer}. PTR mail.example.com."
    if hosts:
        says = _("%(address)s is called %(host)s, which does not lead back to it.")
        return judged("PTR", says % {"address": address, "host": visible(hosts[0])}, todo, record)
    return judged("PTR", _("%(address)s has no name.") % {"address": address}, todo, record)


def mailbox(url: str, address: str, names: Names) -> list[Finding]:
    """Whether mail that comes back can arrive, and is read."""
    if not url:
        hint = _("Set BOUNCE_URL, so that addresses that are gone are written to no more.")
        return [unknown("IMAP", _("Nobody reads the mail that comes back."), hint)]
    try:
        with visit(Place.parse(url)) as box:
            found = [
                ok("IMAP", _("The mailbox can be read: %(number)d messages.") % {"number": box.messages})
            ]
    except (MailboxDown, ValueError) as trouble:
        found = [wrong("IMAP", str(trouble))]
    return [*found, _arrives(address, names)]


def _arrives(address: str, names: Names) -> Finding:
    domain = address.rpartition("@")[2]
    if not domain:
        return wrong("MX", _("The address of the mailbox is not known: set BOUNCE_ADDRESS."))
    servers = names.mail_servers(domain)
    if servers:
        return ok(
            "MX",
            _("Mail to %(address)s goes to %(host)s.") % {"address": address, "host": visible(servers[0])},
        )
    if names.addresses(domain):
        return ok("MX", _("Mail to %(address)s goes to %(host)s.") % {"address": address, "host": domain})
    return wrong(
        "MX",
        _("No server takes mail for %(domain)s.") % {"domain": domain},
        f"{domain}. MX 10 mail.{domain}.",
    )
