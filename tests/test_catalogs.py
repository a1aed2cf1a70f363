"""Compiling catalogs."""

import gettext
import os
from pathlib import Path

from statuspage.translations import compile_catalogs

CATALOG = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

msgid "Resolved"
msgstr "Résolu"
"""


def make_catalog(root: Path) -> Path:
    catalog = root / "app/locale/fr/LC_MESSAGES/django.po"
    catalog.parent.mkdir(parents=True)
    catalog.write_text(CATALOG)
    return catalog


def test_a_catalog_is_compiled_once_and_again_when_it_changes(tmp_path: Path) -> None:
    catalog = make_catalog(tmp_path)
    assert compile_catalogs(tmp_path) == 1
    with catalog.with_suffix(".mo").open("rb") as compiled:
        assert gettext.GNUTranslations(compiled).gettext("Resolved") == "Résolu"
    compiled_at = catalog.with_suffix(".mo").stat().st_mtime
    os.utime(catalog, (compiled_at - 60, compiled_at - 60))
    assert compile_catalogs(tmp_path) == 0
    os.utime(catalog, (compiled_at + 60, compiled_at + 60))
    assert compile_catalogs(tmp_path) == 1
