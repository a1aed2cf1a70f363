"""What stays at a target of a page that is no longer public: one sentence in each language. Pure."""

from django.utils import translation
from django.utils.translation import gettext as _

from statuspage.render import engine
from statuspage.render.languages import languages
from statuspage.snapshot import PageInfo


def files(page: PageInfo) -> dict[str, bytes]:
    """Every file that is left; none tells anything of the page but its languages."""
    said = [{"language": language, "sentence": _sentence(language)} for language in languages(page)]
    html = engine.html("withdrawn.html", {"language": page.default_language, "said": said})
    places = ["index.html", "404.html", *(f"{language}/index.html" for language in languages(page))]
    return {**dict.fromkeys(places, html), "robots.txt": b"User-agent: *\nDisallow: /\n"}


def _sentence(language: str) -> str:
    with translation.override(language):
        return _("This status page is no longer public.")
