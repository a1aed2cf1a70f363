"""Stylesheets served without being collected first."""

from tests.incidents.conftest import _plain_static_files, _static_folder

__all__ = ["_plain_static_files", "_static_folder"]
