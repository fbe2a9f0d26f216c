"""The page of keyboard shortcuts, and the dialog of the same."""

from __future__ import annotations

import re

from tests.processes import ROOT

PATH = "/shortcuts/"


def test_the_page_lists_the_shortcuts_and_the_menu_leads_to_it(visit):
    page = visit("alice").get(PATH)
    assert page.status == 200
    assert "Next unread conversation" in page.document.one(".shortcuts", inside=page.document.one("#conversation")).text
    assert PATH in [link["href"] for link in page.document.all("a.menu__item")]
    assert page.document.all("dialog") == []


def test_scripts_get_the_dialog_alone_with_the_same_table(visit):
    alice = visit("alice")
    dialog = alice.get(PATH, htmx=True)
    assert dialog.html.strip().startswith("<dialog")
    assert dialog.document.one(".shortcuts").text == alice.get(PATH).document.one(".shortcuts").text


def test_every_key_the_scripts_hear_has_its_line(visit):
    script = (ROOT / "static/js/elements/shortcuts.js").read_text(encoding="utf-8")
    does = script.partition("const does = {")[2].partition("};")[0]
    names = {"Main": "Ctrl", "k": "K", "ArrowDown": "↓", "ArrowUp": "↑", "Escape": "Esc"}
    chords = re.findall(r'^ {2}"?([\w+?]+)"?:', does, re.MULTILINE)
    heard = {" ".join(names.get(key, key) for key in chord.split("+")) for chord in chords}
    assert len(heard) == 9
    assert heard <= {cell.text for cell in visit("alice").get(PATH).document.all("td")}


def test_who_is_not_signed_in_is_asked_to(browser):
    answer = browser().get(PATH)
    assert (answer.status, answer.location) == (302, "/sign-in/?next=%2Fshortcuts%2F")


def test_nothing_can_be_posted_to_it(visit):
    assert visit("alice").post(PATH, {}).status == 405
