"""README.txt of the sealed folder: six lines in each language for a person under stress."""

from pathlib import Path

from statuspage.emergency.vault import Vault

_TEXT = """\
EMERGENCY FOLDER OF {url}
Use it when the status page must say something and its application cannot.

  1. Open a terminal in this folder.
  2. Once per machine:  python3 -m venv .venv && .venv/bin/pip install -r requirements.txt
  3. What the page says now:      .venv/bin/python -m statuspage.emergency show
  4. Say something (it asks):     .venv/bin/python -m statuspage.emergency
  5. Tell the subscribers:        .venv/bin/python -m statuspage.emergency notify
  6. It is over:                  .venv/bin/python -m statuspage.emergency resolve
Whom to call, what to do, ready words: .venv/bin/python -m statuspage.emergency prepared
You need the passphrase. Nothing is published before you say yes.
Keep this folder offline, in two places.


DOSSIER D’URGENCE DE {url}
À utiliser quand la page d’état doit dire quelque chose et que son application ne le peut pas.

  1. Ouvrez un terminal dans ce dossier.
  2. Une fois par machine :  python3 -m venv .venv && .venv/bin/pip install -r requirements.txt
  3. Ce que dit la page :         .venv/bin/python -m statuspage.emergency show
  4. Dire quelque chose :         .venv/bin/python -m statuspage.emergency
  5. Prévenir les abonnés :       .venv/bin/python -m statuspage.emergency notify
  6. C’est fini :                 .venv/bin/python -m statuspage.emergency resolve
Qui appeler, que faire, mots prêts : .venv/bin/python -m statuspage.emergency prepared
Il vous faut la phrase secrète. Rien n’est publié avant votre oui.
Gardez ce dossier hors ligne, en deux lieux.
"""


def write(folder: Path, vault: Vault) -> None:
    """Writes it. Raises OSError."""
    (folder / "README.txt").write_text(_TEXT.format(url=vault.page_url), encoding="utf-8")
