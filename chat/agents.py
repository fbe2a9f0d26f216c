"""What a browser calls itself, in the words people have for it."""

from __future__ import annotations

# The first that is there counts: nearly all of them also claim to be Chrome, and Chrome to be Safari.
BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "Chrome/": "Chrome",
    "CriOS/": "Chrome",
    "Safari/": "Safari",
}
SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "CrOS": "ChromeOS",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}


def browser(agent: str) -> tuple[str, str]:
    """The browser and the system of a User-Agent, as in ("Firefox", "Linux"), each "" when it does not say."""
    return _named(BROWSERS, agent), _named(SYSTEMS, agent)


def _named(names: dict[str, str], agent: str) -> str:
    return next((name for mark, name in names.items() if mark in agent), "")
