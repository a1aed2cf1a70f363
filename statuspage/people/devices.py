"""Which browser on which system, in two words, from what the browser says of itself.

What is not known is shown as it came, in one short line: the people who read it decide nothing by it alone.
"""

LONGEST = 80
UNKNOWN = "—"
# The first that is in it: most browsers also name those that they are built like.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def named(user_agent: str) -> str:
    """Such as "Firefox · Android"."""
    browser = _first(BROWSERS, user_agent)
    if not browser:
        return " ".join(user_agent.split())[:LONGEST] or UNKNOWN
    return " · ".join(filter(None, (browser, _first(SYSTEMS, user_agent))))


def _first(known: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for mark, name in known if mark in user_agent), "")
