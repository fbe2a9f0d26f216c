"""`python -m tests.screenshots` makes the documents' pictures anew, of a sandbox and a portal of its own.

Those of docs/using.md are in docs/pictures/, as WebP, which is a third of what Chromium's PNG is.
"""

from __future__ import annotations

import base64
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.conftest import FLAGS, chromium
from tests.browser.steps import composer, fill_passwords, history, open_conversation, to_end, wait_until_quiet, write
from tests.pages import PAGES, team
from tests.processes import ROOT, Person, Portal, Sandbox

DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
}
PICTURES: dict[str, dict[str, Any]] = {
    "screenshot": {"color_scheme": "light", **DESKTOP},
    "screenshot-dark": {"color_scheme": "dark", **DESKTOP},
    "screenshot-phone": {"color_scheme": "light", **PHONE},
    "screenshot-phone-dark": {"color_scheme": "dark", **PHONE},
}
IN_DOCUMENTS = ("screenshot", "screenshot-phone-dark")
SMALL: dict[str, Any] = {
    "viewport": {"width": 880, "height": 560},
    "color_scheme": "light",
    "reduced_motion": "reduce",
}
# Of docs/using.md: some of the pages, and one that the line to the portal has left.
IN_USING = ("conversation", "conversation-menu", "person-menu", "emoji", "switcher", "search", "person", "export")
OFFLINE = "offline"
# Minutes ago, who, what.
STORY = (
    (20 * 60, "zsofi", "Notes from the review: the export link moves to the top menu, Bob writes to the customer."),
    (20 * 60 - 3, "kim", "🎉🎉🎉"),
    (46, "bob", "Wrote to them. They'd like a call on Tuesday, I proposed 10:30."),
    (41, "alice", "Tuesday 10:30 works for me."),
    (38, "robin", "For me too. I'll prepare two slides about performance:\nhttps://intranet.example.org/slides/42"),
    (37, "robin", "It starts in two seconds now, before it was nine."),
    (35, "layla", "ممتاز! سأنضم عن بُعد."),
    (34, "alice", "Wow. What did you change?"),
    (33, "robin", "Mostly I deleted things 😄"),
    (3, "arpad", "Is the coffee machine on the third floor working again?"),
    (2, "zsofi", "It is! They even cleaned it."),
    (1, "alice", "Best news of the week."),
)
LAST = STORY[-1][-1]
# Who else said something lately, the latest last, and who is there.
LATELY = ("maria", "maximiliana", "layla", "kim", "arpad", "bob", "zsofi", "robin")
PRESENT = ("bob", "arpad", "maria")


def tell(sandbox: Sandbox) -> None:
    """Make the group's conversation this story and no other."""
    sandbox.control("clear", {"conversation": team(sandbox)})
    for minutes, name, text in STORY:
        said = {
            "from": sandbox.people[name].email,
            "conversation": team(sandbox),
            "text": text,
            "created": ago(minutes),
        }
        sandbox.control("say", {**said, "silent": True})


def ago(minutes: float) -> str:
    return f"{datetime.now(UTC) - timedelta(minutes=minutes):%Y-%m-%d %H:%M:%S}"


def morning() -> str:
    """The time zone in which it is ten o'clock, or nearly."""
    behind = min(datetime.now(UTC).hour - 10, 12)
    return f"Etc/GMT{behind:+}"


def gather(sandbox: Sandbox) -> None:
    """Make the list of conversations that of an ordinary morning."""
    alice = sandbox.people["alice"].email
    for number, name in enumerate(LATELY):
        created = ago(4 - number / 4)
        sandbox.control("say", {"from": sandbox.people[name].email, "to": alice, "text": "👍", "created": created})
    for name in PRESENT:
        sandbox.control("presence", {"email": sandbox.people[name].email, "availability": "available"})


def take(page: Page, conversation: str, path: Path) -> None:
    """A picture of a page whose person has just opened a conversation and begun to write."""
    open_conversation(page, conversation)
    wait_until_quiet(page)
    to_end(page)
    composer(page).fill("See you all on Tuesday")
    expect(history(page).get_by_text(LAST)).to_be_in_viewport()
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path, animations="disabled", caret="hide")
    composer(page).fill("")


def take_for_using(page: Page, sandbox: Sandbox, folder: Path) -> None:
    """The pictures of docs/using.md, of a page whose person has signed in."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in IN_USING:
        PAGES[name](page, sandbox)
        take_small(page, folder / f"{name}.webp")
    PAGES["conversation"](page, sandbox)
    page.context.set_offline(True)
    expect(page.locator("#connection")).to_contain_text("offline")
    row = write(page, "I'll be a few minutes late.")
    expect(row).to_contain_text("Waits for the connection")
    take_small(page, folder / f"{OFFLINE}.webp")
    row.get_by_role("button", name="Discard").click()
    page.context.set_offline(False)


def take_small(page: Page, path: Path) -> None:
    session = page.context.new_cdp_session(page)
    picture = session.send("Page.captureScreenshot", {"format": "webp", "quality": 80})
    path.write_bytes(base64.b64decode(picture["data"]))
    session.detach()


def sign_in(page: Page, person: Person) -> None:
    page.goto("/sign-in/")
    page.get_by_label("E-mail").fill(person.email)
    fill_passwords(page, person)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/sign-in/" not in url)


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        Sandbox() as sandbox,
        Portal(sandbox.url, Path(folder)) as portal,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        tell(sandbox)
        gather(sandbox)
        for name in IN_DOCUMENTS:
            page = browser.new_context(
                base_url=portal.url, locale="en-GB", timezone_id=morning(), **PICTURES[name]
            ).new_page()
            sign_in(page, sandbox.people["alice"])
            take(page, team(sandbox), ROOT / "docs" / f"{name}.png")
        page = browser.new_context(base_url=portal.url, locale="en-GB", timezone_id=morning(), **SMALL).new_page()
        sign_in(page, sandbox.people["alice"])
        take_for_using(page, sandbox, ROOT / "docs" / "pictures")
        browser.close()


if __name__ == "__main__":
    main()
