"""The code of the tool as a folder: itself and whatever it imports of ours, its templates and its words.

What is copied follows from the imports, so that nothing is forgotten and nothing of the application
(no model, no queue) comes along.
"""

import ast
import shutil
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation import gettext as _

from statuspage.emergency.standalone import BASE, LOCALES
from statuspage.emergency.trouble import Trouble
from statuspage.translations import compile_catalogs

PACKAGES = ("statuspage", "incidents", "monitors", "subscribers")
# What the code reads beside itself.
DATA = ("templates/public", "templates/email", "statuspage/render")
REQUIREMENTS = "requirements.txt"


def copy(to: Path) -> None:
    """Copies the code into a folder, over an older copy. Raises Trouble."""
    try:
        compile_catalogs(BASE)
        for name in (*PACKAGES, "templates"):
            _clear(to / name)
        for path in (*modules(), *_data()):
            (to / path).parent.mkdir(parents=True, exist_ok=True)
            # With its time: a compiled catalog must stay newer than its source.
            shutil.copy2(BASE / path, to / path)
        shutil.copyfile(_requirements(), to / REQUIREMENTS)
    except OSError as error:
        raise Trouble(
            _("The code cannot be copied to %(path)s: %(reason)s.")
            % {"path": to, "reason": error.strerror or error}
        ) from error


def modules() -> list[Path]:
    """Every file of ours that the tool needs, relative to where the code lies."""
    found: dict[Path, None] = {}
    waiting = sorted((BASE / "statuspage" / "emergency").glob("*.py"))
    while waiting:
        path = waiting.pop()
        if path.relative_to(BASE) not in found:
            found[path.relative_to(BASE)] = None
            waiting += _imported(path)
    return list(found)


def _imported(path: Path) -> Iterator[Path]:
    package = ".".join(path.relative_to(BASE).parts[:-1])
    yield from _files(package)
    for node in _statements(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield from _files(f"{node.module}.{alias.name}")
            yield from _files(node.module)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield from _files(alias.name)


def _statements(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node but those that only a type checker reads."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        yield node
        yield from _statements(node)


def _files(module: str) -> Iterator[Path]:
    """The files of a module of ours: itself and the packages that it lies in."""
    parts = module.split(".")
    if parts[0] not in PACKAGES:
        return
    for length in range(1, len(parts) + 1):
        place = BASE.joinpath(*parts[:length])
        for path in (place.with_suffix(".py"), place / "__init__.py"):
            if path.is_file():
                yield path


def _data() -> Iterator[Path]:
    for name in DATA:
        files = (path for path in (BASE / name).rglob("*") if path.is_file())
        yield from (path.relative_to(BASE) for path in files if path.suffix not in (".py", ".pyc"))
    for locale in LOCALES:
        yield from (path.relative_to(BASE) for path in locale.glob("*/LC_MESSAGES/django.[pm]o"))


def _requirements() -> Path:
    """In a checkout, or in a copy that `init` made."""
    for path in (BASE / "requirements" / "emergency.txt", BASE / REQUIREMENTS):
        if path.is_file():
            return path
    raise Trouble(_("requirements/emergency.txt is missing beside the code."))


def _clear(path: Path) -> None:
    if path.exists():
        shutil.rmtree(path)
