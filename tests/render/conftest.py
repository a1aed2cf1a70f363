"""The renderer speaks French only with its catalog compiled."""

from pathlib import Path

from statuspage.translations import compile_catalogs

compile_catalogs(Path(__file__).parent.parent.parent)
