"""`bundle`: renews what a sealed folder holds; its keys stay what they are."""

from argparse import ArgumentParser, Namespace
from dataclasses import replace

from django.utils.translation import gettext as _

from statuspage.emergency import asking, configuration, copying, init, readme, vault
from statuspage.emergency.desk import Desk, given_passphrase
from statuspage.emergency.standalone import BASE
from statuspage.emergency.trouble import Trouble
from statuspage.emergency.vault import Vault
from statuspage.signing import pem


def add(parser: ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("--config", metavar="FILE", help=_("new targets and mail account, as for “init”"))
    parser.add_argument("--application-key", metavar="KEY", help=_("the key that the application signs with"))
    parser.add_argument(
        "--new-passphrase-file",
        metavar="FILE",
        nargs="?",
        const="",
        help=_("another passphrase: from a file, or asked for"),
    )


def run(given: Namespace, desk: Desk) -> int:
    """Copies this code into the folder and seals it anew where something changed. Raises Trouble."""
    old = desk.vault
    new = _changed(old, given)
    passphrase = _passphrase(given, desk)
    if new != old or given.new_passphrase_file is not None:
        init.write_sealed(desk.folder, new, passphrase)
        vault.opened(desk.folder.read(), passphrase)
        desk.console.say(_("sealed.age was made anew. Replace every other copy of the folder."))
    if desk.folder.path != BASE:
        copying.copy(desk.folder.path)
        readme.write(desk.folder.path, new)
        desk.console.say(_("The code in %(path)s was renewed.") % {"path": desk.folder.path})
    desk.log("bundle", sealed=new != old or given.new_passphrase_file is not None)
    return 0


def _changed(old: Vault, given: Namespace) -> Vault:
    new = old
    if given.config:
        known = configuration.from_file(given.config)
        if known.page_id not in ("", old.page_id):
            raise Trouble(
                _("This configuration is of another page."), _("Make a folder of its own with “init”.")
            )
        new = replace(new, page_url=known.page_url, smtp=known.smtp, targets=known.targets)
        if known.application_key:
            new = replace(new, application_key=known.application_key)
    if given.application_key:
        new = replace(new, application_key=given.application_key)
    if new.application_key:
        _check(new.application_key)
    return new


def _check(key: str) -> None:
    try:
        pem(key)
    except ValueError:
        raise Trouble(_("This is no key of an application: 32 bytes in base64.")) from None


def _passphrase(given: Namespace, desk: Desk) -> str:
    if given.new_passphrase_file is None:
        return desk.passphrase
    typed = given_passphrase(given.new_passphrase_file) if given.new_passphrase_file else None
    return vault.check_passphrase(typed or asking.twice(desk.console))
