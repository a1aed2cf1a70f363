"""Compiles the catalogs by Babel: msgfmt may be missing.

A compiled catalog is replaced as a whole and only when its source is newer: running it twice, or
in two processes at once, does no harm.
"""

import os
from pathlib import Path

CATALOGS = "*/locale/*/LC_MESSAGES/*.po"


def compile_catalogs(root: Path) -> int:
    """Compiles what changed under the applications of `root`; answers how many it compiled."""
    stale = [source for source in sorted(root.glob(CATALOGS)) if _is_stale(source)]
    for source in stale:
        _compile(source)
    return len(stale)


def _is_stale(source: Path) -> bool:
    compiled = source.with_suffix(".mo")
    return not compiled.exists() or compiled.stat().st_mtime <= source.stat().st_mtime


def _compile(source: Path) -> None:
    # Only when there is work: most starts find everything compiled.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    partial = source.with_suffix(f".{os.getpid()}.partial")
    with source.open("rb") as read, partial.open("wb") as written:
        write_mo(written, read_po(read, locale=source.parent.parent.name))
    partial.replace(source.with_suffix(".mo"))
