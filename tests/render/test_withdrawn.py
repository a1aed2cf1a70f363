"""A page that is no longer public says so, and nothing else."""

from statuspage.render import withdrawn
from tests.render.make import make_page


def test_it_says_so_in_every_language_and_names_nothing() -> None:
    files = withdrawn.files(make_page(name="Secret project"))
    assert set(files) == {"index.html", "404.html", "en/index.html", "fr/index.html", "robots.txt"}
    html = files["fr/index.html"].decode()
    assert "This status page is no longer public." in html
    assert '<p lang="fr">Cette page d’état n’est plus publique.</p>' in html
    assert not any(b"Secret" in content or b"acme" in content for content in files.values())
    assert files["robots.txt"] == b"User-agent: *\nDisallow: /\n"
