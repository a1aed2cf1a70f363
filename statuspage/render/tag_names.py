"""Tags as people read them and as addresses hold them. Pure.

Tags that are written alike in addresses are one tag.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.text import slugify


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag: `slug` has lower-case letters, digits and hyphens alone."""

    slug: str
    name: str

    @property
    def link(self) -> str:
        """The address of its page, relative to the home of the language."""
        return f"tags/{self.slug}/"


def named(names: Iterable[str]) -> list[Tag]:
    """The tags of these names, in their order."""
    found: dict[str, str] = {}
    for name in sorted(set(names)):
        found.setdefault(_slug(name), name)
    return [Tag(slug, name) for slug, name in found.items()]


def slugs(names: Iterable[str]) -> list[str]:
    """The same in addresses alone."""
    return [tag.slug for tag in named(names)]


def _slug(name: str) -> str:
    # slugify() keeps underlines at the ends out, and letters of other scripts wholly.
    return slugify(name) or hashlib.sha256(name.encode()).hexdigest()[:10]
