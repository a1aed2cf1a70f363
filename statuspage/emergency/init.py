"""`init`: makes the keys and the sealed folder.

The private halves of the keys exist nowhere but in the folder's vault; the public halves are printed, with
the line that gives them to the application.
"""

import base64
import os
import secrets
import shlex
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path

import pyrage
from django.utils.translation import gettext as _

from statuspage.emergency import asking, configuration, copying, places, readme, vault
from statuspage.emergency.configuration import Configuration
from statuspage.emergency.desk import Desk, given_passphrase
from statuspage.emergency.folder import Folder
from statuspage.emergency.trouble import Trouble
from statuspage.emergency.vault import Vault
from statuspage.snapshot import PageInfo


def add(parser: ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("--config", metavar="FILE", help=_("page, targets and mail account as TOML or JSON"))
    parser.add_argument("--page-url", metavar="URL", help=_("the public address of the page"))
    parser.add_argument("--out", default="statuspage-emergency", metavar="DIR", help=_("the folder to make"))


def run(given: Namespace, desk: Desk) -> int:
    """Makes it. Raises Trouble; an existing folder is never touched."""
    out = Path(given.out).absolute()
    _insist_on_nothing(out)
    if given.config:
        known = configuration.from_file(given.config)
    else:
        known = asking.configuration_of(desk.console, given.page_url)
    made = _vault(desk, known)
    passphrase = vault.check_passphrase(given_passphrase(given.passphrase_file) or asking.twice(desk.console))
    _write(Folder(out), made, passphrase)
    desk.console.say(_finished(out, made))
    return 0


def write_sealed(folder: Folder, made: Vault, passphrase: str) -> None:
    """Replaces the vault's file, at once and whole. Raises Trouble."""
    partial = folder.sealed.with_suffix(".partial")
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(vault.sealed(made, passphrase))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(folder.sealed)
    except OSError as error:
        raise Trouble(
            _("%(path)s cannot be written: %(reason)s.") % {"path": folder.sealed, "reason": error.strerror}
        ) from error


def page_of(known: Configuration) -> tuple[PageInfo | None, str]:
    """The page as it is published at its address, else why not."""
    # Whose signature is on it does not matter: a person compares the key that it names.
    nobody = _made(known, known.page_id or "", ("en", "fr"))
    told = places.from_web(nobody, any_page=not known.page_id)
    return (told.snapshot.page if told.snapshot else None), told.trouble


def _insist_on_nothing(out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise Trouble(
            _("%(path)s exists already and was not touched.") % {"path": out},
            _("Give another folder with --out; to renew what is sealed in one, use “bundle”."),
        )


def _vault(desk: Desk, known: Configuration) -> Vault:
    page, trouble = page_of(known)
    if page is None and not known.page_id:
        raise Trouble(
            _("%(url)s does not tell which page it is: %(reason)s.")
            % {"url": known.page_url, "reason": trouble},
            _(
                "Publish the page first, or give page_id and application_key, which "
                "“manage.py emergency_keys” tells."
            ),
        )
    if page is not None and not known.application_key and page.keys.application:
        known = replace(known, application_key=page.keys.application)
        sentence = _("The page says that the application signs with the key %(key)s.")
        desk.console.say(sentence % {"key": known.application_key})
        desk.console.say(_("Compare it with what “manage.py emergency_keys” tells in the application."))
    return _made(known, page.id if page else known.page_id, page.languages if page else ("en", "fr"))


def _made(known: Configuration, page_id: str, languages: tuple[str, ...]) -> Vault:
    return Vault(
        page_id=page_id,
        page_url=known.page_url,
        languages=languages,
        application_key=known.application_key,
        identity=pyrage.x25519.Identity.generate(),
        signing=base64.b64encode(secrets.token_bytes(32)).decode(),
        smtp=known.smtp,
        targets=known.targets,
    )


def _write(folder: Folder, made: Vault, passphrase: str) -> None:
    try:
        folder.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Trouble(
            _("%(path)s cannot be written: %(reason)s.") % {"path": folder.path, "reason": error.strerror}
        ) from error
    copying.copy(folder.path)
    readme.write(folder.path, made)
    write_sealed(folder, made, passphrase)
    folder.work  # noqa: B018 (made by asking for it)


def _finished(out: Path, made: Vault) -> str:
    keys = f"--sign {shlex.quote(made.signer.public)} --age {made.recipient}"
    lines = [
        _("The folder %(path)s is ready.") % {"path": out},
        "",
        _("Public keys:"),
        f"  sign  {made.signer.public}",
        f"  age   {made.recipient}",
        "",
        _("Give them to the application:"),
        f"  manage.py emergency_keys {made.page_id} {keys}",
        "",
        _("Then install and rehearse, today and not in an outage (README.txt says it too):"),
        f"  cd {shlex.quote(str(out))}",
        "  python3 -m venv .venv && .venv/bin/pip install -r requirements.txt",
        "  .venv/bin/python -m statuspage.emergency show",
        "  .venv/bin/python -m statuspage.emergency drill",
    ]
    if made.smtp is None:
        lines += ["", _("Without a mail account, “notify” reaches webhooks alone.")]
    return "\n".join(lines)
