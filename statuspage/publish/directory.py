"""The target kind "directory": a folder that any web server can serve.

Everything is on the disk before anything is shown; then each file appears by one rename, leaves first and
the index last, what is obsolete goes after that. The compressed forms of a file appear right before it:
between those renames, microseconds, two readers may get two generations, each whole in itself.
"""

import itertools
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar, Self

from statuspage.publish import encodings, state, undo
from statuspage.publish.bundle import STATE, Bundle, Result, checked, publishable, whole
from statuspage.publish.diskerrors import told
from statuspage.publish.errors import PRIVATE_IN_PUBLIC, ConfigError, PublishError, gettext_noop
from statuspage.publish.lock import locked, opened
from statuspage.publish.private import Private
from statuspage.publish.private_folder import PrivateFolder, related
from statuspage.publish.settings import an_address, unknown
from statuspage.publish.tree import Tree
from statuspage.render.files import publish_order

_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Directory:
    """A folder by its absolute path; it belongs to the page, and what else lies in it is removed."""

    label: ClassVar[str] = gettext_noop("Folder")
    path: str
    private_path: str = ""
    public_url: str = ""

    @classmethod
    def parse(cls, config: Mapping[str, Any]) -> Self:
        """The target that a configuration of the fields above describes. Raises ConfigError."""
        unknown(config, ("path", "private_path", "public_url"))
        path = _folder("path", config.get("path"))
        private = config.get("private_path", "")
        if private != "":
            private = _folder("private_path", private)
            if related(private, path):
                raise ConfigError("private_path", PRIVATE_IN_PUBLIC)
        return cls(path, private, an_address(config))

    @property
    def private(self) -> Private | None:
        """The folder that no web server serves; None where none is configured."""
        return PrivateFolder(self.private_path, self.path) if self.private_path else None

    def state(self) -> state.State | None:
        """What the folder says of itself. Raises PublishError."""
        content = self._read(STATE)
        return None if content is None else state.decoded(content)

    def read(self, path: str) -> bytes | None:
        """One public file, None where it is not. Raises PublishError."""
        return self._read(*checked([path]))

    def publish(self, bundle: Bundle) -> Result:
        """Brings the folder to the release. Raises Superseded, PublishError."""
        with told(self.path), locked(self.path) as tree:
            return _publish(tree, bundle, self.private)

    def _read(self, path: str) -> bytes | None:
        with told(self.path), opened(self.path) as tree:
            return None if tree is None else tree.read(path)


def _folder(key: str, path: object) -> str:
    if not isinstance(path, str) or not os.path.isabs(path) or not path.isprintable() or len(path) > 1000:
        raise ConfigError(key, gettext_noop("Give the absolute path of a folder."))
    path = os.path.normpath(path)
    if not path.strip("/"):
        raise ConfigError(key, gettext_noop("Give a folder of its own for this page."))
    return path


def _publish(tree: Tree, bundle: Bundle, private: Private | None) -> Result:
    found = _found(tree)
    claim = state.claim(found, bundle)
    resync = state.needs_all(found, bundle)
    files = whole(bundle) if resync else bundle.changed
    # All that can fail for want of space is done before the first change that anybody can see.
    staged = _stage(tree, files)
    states = [(STATE, tree.stage(said.encoded())) for said in (claim, _done(claim, bundle))]

    def before() -> undo.Files:
        if bundle.previous is not None and not resync:
            return bundle.previous()
        gone = _obsolete(tree, files) if resync else bundle.removed
        return _held(tree, [*(name for name, _ in staged), *gone])

    warnings = undo.keep(private, bundle, found, before)
    for name, temporary in (states[0], *staged):
        tree.place(temporary, name)
    obsolete = _obsolete(tree, files) if resync else _names(bundle.removed)
    removed = [name for name in obsolete if tree.remove(name)]
    tree.place(states[1][1], STATE)
    return Result(bundle.sequence, tuple(name for name, _ in staged), tuple(removed), resync, warnings)


def _held(tree: Tree, names: Iterable[str]) -> undo.Files:
    """What the folder holds under those names, compressed forms left aside."""
    return {name: tree.read(name) for name in names if publishable(name) and not encodings.compressed(name)}


def _done(claim: state.State, bundle: Bundle) -> state.State:
    """The last word: nobody writes beside us, so no straggler has to be feared."""
    return replace(state.done(claim, bundle), settled=True)


def _found(tree: Tree) -> state.State | None:
    content = tree.read(STATE)
    if content is not None:
        return state.decoded(content)
    if any(tree.walk()):
        raise PublishError(
            gettext_noop(
                "The folder holds files that this page did not publish. Empty it, or choose another."
            )
        )
    return None


def _stage(tree: Tree, files: Mapping[str, bytes]) -> list[tuple[str, str]]:
    """(name, staged name) of what differs from the folder, in the order to show it.

    Several at once, because a disk takes many files into one of its own transactions.
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        forms = pool.map(partial(_staged_forms, tree, files), publish_order(checked(files)))
        return list(itertools.chain.from_iterable(forms))


def _staged_forms(tree: Tree, files: Mapping[str, bytes], path: str) -> list[tuple[str, str]]:
    return [
        (name, tree.stage(content))
        for name, content in encodings.encoded(path, files[path])
        if tree.read(name) != content
    ]


def _names(paths: Iterable[str]) -> list[str]:
    return [name for path in checked(paths) for name in encodings.names(path)]


def _obsolete(tree: Tree, files: Mapping[str, bytes]) -> list[str]:
    ours = {STATE, *_names(files)}
    return [name for name in tree.walk() if name not in ours]
