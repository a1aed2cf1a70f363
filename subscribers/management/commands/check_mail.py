"""`manage.py check_mail`: says whether mail can arrive, and what to put into the DNS where it cannot."""

from argparse import ArgumentTypeError
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from monitors.models import Page
from subscribers.channels.base import AddressError, Means
from subscribers.management import terminal
from subscribers.means import means
from subscribers.sending_domain import Finding, Verdict
from subscribers.sending_domain.check import Question, check
from subscribers.sending_domain.names import Address, Names
from subscribers.staff import trying

_WORDS = {
    Verdict.OK: gettext_noop("ok"),
    Verdict.WRONG: gettext_noop("wrong"),
    Verdict.UNKNOWN: gettext_noop("unknown"),
}


def _address(text: str) -> Address:
    try:
        return ip_address(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no IP address") from None


def _resolver(text: str) -> Names:
    try:
        return Names(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not like 192.0.2.53 or 192.0.2.53:5353") from None


class Command(BaseCommand):
    """Before the first notice, and whenever mail does not arrive."""

    help = (
        "Check SPF, DKIM, DMARC, the relay, its certificate, reverse names and the mailbox; say what to do."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which page, and what cannot be found out from here."""
        parser.add_argument(
            "--page", metavar="PAGE", help="only the sender of this page (its domain, name or id)"
        )
        parser.add_argument("--to", metavar="ADDRESS", help="send a test there as well")
        parser.add_argument(
            "--selector", default="", help="where the relay signs: the s= of its DKIM-Signature"
        )
        parser.add_argument(
            "--from-address",
            metavar="IP",
            action="append",
            type=_address,
            default=[],
            help="where mail leaves from; may be given several times",
        )
        parser.add_argument(
            "--resolver", metavar="IP[:PORT]", type=_resolver, default=None, help="ask this DNS server"
        )
        parser.add_argument("--language", choices=[code for code, _name in settings.LANGUAGES])

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError where something is wrong."""
        with translation.override(options["language"] or terminal.language()):
            try:
                ours = means(settings)
            except ValueError as error:
                raise CommandError(str(error)) from None
            pages = self._pages(options["page"])
            found = self._check(ours, pages, options)
            sent = not options["to"] or self._try(ours, pages, options["to"])
            number = sum(finding.verdict == Verdict.WRONG for finding in found)
            if number:
                raise CommandError(_("Wrong: %(number)d") % {"number": number})
            if not sent:
                raise CommandError(_("The test was not sent."))

    def _check(self, ours: Means, pages: list[Page], options: dict[str, Any]) -> list[Finding]:
        senders = [page.sender or ours.mail_from for page in pages] or [ours.mail_from]
        question = Question(
            means=ours,
            senders=tuple(senders if options["page"] else [ours.mail_from, *senders]),
            bounce_url=settings.BOUNCE_URL,
            addresses=tuple(options["from_address"]),
            selector=options["selector"],
            now=timezone.now(),
        )
        found: list[Finding] = []
        for heading, findings in check(question, options["resolver"] or Names()):
            self.stdout.write(f"\n{heading}")
            for finding in findings:
                self._say(finding)
            found += findings
        self.stdout.write("")
        return found

    def _say(self, finding: Finding) -> None:
        style = {
            Verdict.OK: self.style.SUCCESS,
            Verdict.WRONG: self.style.ERROR,
            Verdict.UNKNOWN: self.style.WARNING,
        }
        word = style[finding.verdict](f"{_(_WORDS[finding.verdict]):<8}")
        self.stdout.write(f"  {word} {finding.topic:<6} {finding.says}")
        for line in finding.todo:
            self.stdout.write(f"{'':18}{line}")

    def _pages(self, name: str | None) -> list[Page]:
        pages = Page.objects.defer("dead_man_url")
        if name is None:
            return list(pages)
        found = list(pages.filter(Q(domain=name) | Q(name=name) | Q(public_id=name)))
        if len(found) != 1:
            known = ", ".join(Page.objects.values_list("domain", flat=True)) or "–"
            raise CommandError(_("Name one page by its domain: %(domains)s.") % {"domains": known})
        return found

    def _try(self, ours: Means, pages: list[Page], address: str) -> bool:
        if not pages:
            raise CommandError(_("There is no page yet that a test could come from."))
        page, now = pages[0], timezone.now()
        try:
            told = trying.told(page, None, now)
            tried = trying.attempt(
                told, "email", address, translation.get_language() or "en", ours, timezone.now
            )
        except (AddressError, ImproperlyConfigured) as error:
            raise CommandError(_(str(error))) from None
        if tried.sent:
            self.stdout.write(
                _("A test is on its way to %(address)s. Look at its Authentication-Results.")
                % {"address": address}
            )
        else:
            self.stdout.write(_(tried.error))
        return tried.sent
