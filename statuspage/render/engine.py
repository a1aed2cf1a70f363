"""The templates of `templates/public`, standalone: Django's engine without an application.

Line breaks and indentation in those templates mean nothing (they are for their readers), and the
policy names the very style and script that the pages carry.
"""

import base64
import functools
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.template import Context, Engine, Template
from django.utils.safestring import SafeString, mark_safe

BASE = Path(__file__).resolve().parent.parent.parent
TEMPLATES = BASE / "templates" / "public"
PICTURES = Path(__file__).resolve().parent / "pictures"
LOCALE = BASE / "statuspage" / "locale"

# What decides on the bytes of the pages.
_SOURCES = (
    *sorted(Path(__file__).parent.glob("*.py")),
    *sorted(path for path in TEMPLATES.iterdir() if path.is_file()),
    *sorted(PICTURES.iterdir()),
    LOCALE / "fr" / "LC_MESSAGES" / "django.po",
    BASE / "statuspage" / "snapshot.py",
    BASE / "monitors" / "markdown.py",
    BASE / "monitors" / "latency" / "course.py",
    BASE / "monitors" / "latency" / "drawing.py",
    BASE / "monitors" / "proving" / "proof.py",
    BASE / "incidents" / "events.py",
    BASE / "subscribers" / "fitting.py",
    BASE / "subscribers" / "payload.py",
)


def renderer() -> str:
    """The hash of everything that decides on the bytes of the pages, but the snapshot."""
    digest = hashlib.sha256()
    for path in _SOURCES:
        digest.update(f"{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def joined_lines(source: str) -> str:
    """A template, style or script without its line breaks and indentation."""
    return re.sub(r"\s*\n\s*", "", source)


@functools.cache
def asset(name: str) -> SafeString:
    """A style or a script of `templates/public` as it is published."""
    source = re.sub(r"/\*.*?\*/", "", (TEMPLATES / name).read_text(), flags=re.DOTALL)
    return mark_safe(joined_lines(source))  # noqa: S308 (our own file)


@functools.cache
def _engine() -> Engine:
    sources = {path.name: joined_lines(path.read_text()) for path in TEMPLATES.glob("*.html")}
    return Engine(
        loaders=[
            ("django.template.loaders.cached.Loader", [("django.template.loaders.locmem.Loader", sources)])
        ],
        builtins=["django.templatetags.i18n"],
    )


@functools.cache
def _template(name: str) -> Template:
    return _engine().get_template(name)


def html(name: str, context: dict[str, Any]) -> bytes:
    """One page as bytes."""
    return _template(name).render(Context({"style": asset("page.css"), **context})).encode()


# The script that fetches the filter from beside the page, for whoever opens it.
LOADER = "pick.js"


def policy(app_url: str, styles: Sequence[str], scripts: Sequence[str], own: str, pictures: bool) -> str:
    """The Content-Security-Policy of a page: itself, and nothing else but the form's address.

    `own` is the style that the page alone has ("" for none); `pictures` whether it has any.
    """
    app = urlsplit(app_url)
    inline = _allowed([asset(name) for name in scripts])
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src {_allowed([asset(name) for name in styles] + [own] * bool(own))}",
            f"script-src {inline} 'self'" if LOADER in scripts else f"script-src {inline}",
            "img-src 'self' data:" if pictures else "img-src data:",
            "connect-src 'self'",
            f"form-action {app.scheme}://{app.netloc}",
            "base-uri 'none'",
        )
    )


def _allowed(sources: Sequence[str]) -> str:
    return " ".join(f"'{_hash(source)}'" for source in sources) or "'none'"


def closed_policy() -> str:
    """The policy of a page without script, form or address of its own, wherever it is shown."""
    style = f"style-src '{hashed('page.css')}'"
    return "; ".join(("default-src 'none'", style, "img-src data:", "form-action 'none'", "base-uri 'none'"))


def hashed(name: str) -> str:
    """How a policy names a style or a script."""
    return _hash(asset(name))


@functools.lru_cache(maxsize=100)
def _hash(source: str) -> str:
    digest = hashlib.sha256(source.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
