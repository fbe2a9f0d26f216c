"""The pages that need nothing but the portal: what a browser has not sent yet is in the browser."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(("path", "heading"), [("/outbox/", "Not sent yet"), ("/shortcuts/", "Keyboard shortcuts")])
def test_while_the_chat_server_does_not_answer_it_is_shown_all_the_same(visit, world, path, heading):
    daniel = visit("daniel")
    world.break_next("chatconversation", "500", "list", times=99, userid=world.userid("daniel"))
    page = daniel.get(path)
    assert (page.status, page.document.one("#page-title").text) == (200, heading)
    assert "The chat server is not answering" in page.html
