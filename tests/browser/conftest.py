"""A real Chromium in front of the real portal.

An error in its console fails the test, unless it is marked with `@pytest.mark.console("words of the line")`. Chromium
says there, too, what the Content-Security-Policy blocked.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.browser.steps import Loading
from tests.processes import ROOT, Person, Portal, Sandbox

FLAGS = [
    "--no-sandbox",  # root in a container has none
    "--disable-gpu",
    "--disable-dev-shm-usage",  # containers often have little of it
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",  # Chromium's own calls home
    "--disable-component-update",
    "--disable-sync",
]

PageFor = Callable[..., Page]


def chromium(*, whole: bool = False) -> str:
    """Where Chromium is: the one without windows, which needs half the time, unless it has to be the `whole` one."""
    found = (not whole and shutil.which("chromium-headless-shell")) or shutil.which("chromium")
    assert found, "the browser tests need Chromium: run them with bin/test"
    return found


@pytest.fixture(scope="module")
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """Chromium. Ended with each module: while it is up, Playwright's event loop is in other tests' way."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(whole=getattr(request.module, "WHOLE_CHROMIUM", False)), args=FLAGS
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def full(_fresh_sandbox: None, _sandbox_process: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """A portal that has every page there can be: Alice may alert people, and concerns go to Zsófi."""
    people = _sandbox_process.people
    extras = {"ALERTS_BY": people["alice"].userid, "CONCERNS_TO": people["zsofi"].userid}
    with Portal(_sandbox_process.url, tmp_path_factory.mktemp("full"), **extras) as portal:
        yield portal


@pytest.fixture
def new_page(request: pytest.FixtureRequest, browser: Browser, portal: Portal) -> Iterator[PageFor]:
    """`new_page(base_url=…, viewport=…)`: a page in a browser profile of its own, with Playwright's context options."""
    errors: list[str] = []
    pages: dict[Page, str] = {}  # and where each was opened
    # A service worker is a process more: there is one in the files that say so, and in walks.
    workers = "allow" if getattr(request.module, "SERVICE_WORKER", False) else "block"
    usual = {"viewport": {"width": 1280, "height": 800}, "service_workers": workers}

    def open_page(*, base_url: str = portal.url, **options: Any) -> Page:
        context = browser.new_context(base_url=base_url, **{**usual, **options})
        context.set_default_timeout(30_000)
        context.on("console", lambda message: _note(errors, message))
        context.on("page", Loading)
        context.on("weberror", lambda error: errors.append(str(error.error)))
        page = context.new_page()
        pages[page] = base_url
        return page

    yield open_page
    for number, (page, base_url) in enumerate(pages.items()):
        if request.node.stash.get(FAILED, False) and not page.is_closed():
            page.screenshot(path=_picture_of_failure(request.node.name, number))
        page.close()
        if base_url == portal.url:
            sign_out(page.context, portal.url)
        page.context.close()
    expected = [word for marker in request.node.iter_markers("console") for word in marker.args]
    unexpected = [line for line in errors if not any(word in line for word in expected)]
    assert not unexpected, "the browser's console says:\n" + "\n".join(unexpected)


@pytest.fixture(scope="module")
def asked(browser: Browser, _fresh_portal: None, _portal_process: Portal) -> Iterator[Page]:
    """A page for all tests of a file that only ask the scripts' functions, of which nothing stays."""
    context = browser.new_context(base_url=_portal_process.url, service_workers="block")
    page = context.new_page()
    page.goto("/sign-in/")
    yield page
    context.close()


def sign_out(context: BrowserContext, url: str) -> None:
    """Leave nobody signed in at the shared portal: for a minute it would go on listening beside the next test's."""
    _post(context, f"{url}/sign-out/")


def sign_in(tab: Page, url: str, person: Person) -> None:
    """What the form of the sign-in page does, without a page; tests of that form use it themselves."""
    fields = {
        "email": person.email,
        "password": person.password,
        "encryption_password": person.encryption_password,  # ignored where the dialect wants none
    }
    _post(tab.context, f"{url}/sign-in/", fields, **{"Accept-Language": tab.evaluate("navigator.language")})


def prefer(context: BrowserContext, url: str, **fields: str) -> None:
    """Save the page of preferences with these fields as they are given and none of the others."""
    _post(context, f"{url}/preferences/", fields)


def _post(context: BrowserContext, url: str, fields: dict[str, str] | None = None, **headers: str) -> None:
    """Send a form as one of the site's pages would, with the CSRF token that the browser has, or gets."""
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(url))
    name = "__Host-csrftoken" if origin.startswith("https:") else "csrftoken"
    tokens = [cookie["value"] for cookie in context.cookies(origin) if cookie["name"] == name]
    if not tokens:
        tokens = ["A" * 32]
        context.add_cookies([{"name": name, "value": tokens[0], "url": origin}])
    form = {"csrfmiddlewaretoken": tokens[0], **(fields or {})}
    answer = context.request.post(url, form=form, headers={"Origin": origin, **headers}, max_redirects=0)
    assert answer.status == 303, answer.text()


@pytest.fixture
def page_for(new_page: PageFor, portal: Portal) -> PageFor:
    """`page_for(alice)`: a page that shows nothing yet, signed in as that person, in a browser profile of its own."""

    def signed_in(person: Person, *, base_url: str = portal.url, **options: Any) -> Page:
        page = new_page(base_url=base_url, **options)
        sign_in(page, base_url, person)
        return page

    return signed_in


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


def _note(errors: list[str], message: ConsoleMessage) -> None:
    if message.type == "error":
        errors.append(f"{message.text} ({message.location.get('url', '')})")


def _picture_of_failure(test: str, number: int) -> Path:
    folder = ROOT / "build" / "failures"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{re.sub(r'[^0-9a-zA-Z_]+', '-', test)}-{number}.png"
