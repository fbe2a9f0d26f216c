from __future__ import annotations

import pytest

from chat.agents import browser

WINDOWS, MAC = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
CHROMIUM = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"


@pytest.mark.parametrize(("agent", "names"), [
    ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", ("Firefox", "Linux")),
    (f"{WINDOWS} {CHROMIUM}", ("Chrome", "Windows")),
    (f"{WINDOWS} {CHROMIUM} Edg/131.0.0.0", ("Edge", "Windows")),
    (f"{WINDOWS} {CHROMIUM} OPR/115.0.0.0", ("Opera", "Windows")),
    (f"{MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15", ("Safari", "macOS")),
    (f"{PHONE} Version/18.0 Mobile/15E148 Safari/604.1", ("Safari", "iPhone")),
    (f"{PHONE} CriOS/131.0 Mobile/15E148 Safari/604.1", ("Chrome", "iPhone")),
    (f"{PHONE} FxiOS/133.0 Mobile/15E148 Safari/605.1.15", ("Firefox", "iPhone")),
    (f"Mozilla/5.0 (Linux; Android 14; Pixel 8) {CHROMIUM}", ("Chrome", "Android")),
    (f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {CHROMIUM}", ("Chrome", "ChromeOS")),
    ("curl/8.5.0", ("", "")),
    ("", ("", "")),
])  # fmt: skip
def test_a_browser_is_called_as_people_call_it(agent, names):
    assert browser(agent) == names
