"""The pictures in the documents, made here into build/ to see that they still can be."""

from __future__ import annotations

import struct

import pytest
from playwright.sync_api import expect

from tests.browser.steps import history, overflow
from tests.processes import ROOT
from tests.screenshots import IN_DOCUMENTS, LAST, PICTURES, take, team, tell


def size_of(picture):
    """Width and height, as a PNG's header has them."""
    return struct.unpack(">II", picture.read_bytes()[16:24])


@pytest.mark.parametrize("name", PICTURES)
def test_the_pictures_show_a_conversation_as_it_is(page_for, alice, sandbox, name):
    page, picture = page_for(alice, **PICTURES[name]), ROOT / "build" / f"{name}.png"
    tell(sandbox)
    take(page, team(sandbox), picture)
    viewport, scale = PICTURES[name]["viewport"], PICTURES[name].get("device_scale_factor", 1)
    assert size_of(picture) == (viewport["width"] * scale, viewport["height"] * scale)
    assert picture.stat().st_size > 20_000
    assert overflow(page) <= 0
    expect(history(page).get_by_text(LAST)).to_be_in_viewport()


@pytest.mark.parametrize("name", IN_DOCUMENTS)
def test_the_documents_have_their_pictures(name):
    scale = PICTURES[name].get("device_scale_factor", 1)
    assert size_of(ROOT / "docs" / f"{name}.png")[0] == PICTURES[name]["viewport"]["width"] * scale
