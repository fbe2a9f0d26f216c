"""The whole list of conversations, told to a tab in frames that can be sent."""

from __future__ import annotations

import json

from chat.presenting import Row
from chat.sidebar import ROWS, Sidebar
from chat.stream import LONGEST_FRAME, Stream, Tab


def row(number, title):
    """A group of that name."""
    words = dict.fromkeys(("instance", "partner", "presence", "unread", "color", "newest", "initials"), "")
    shown = {"favorite": False, "muted": False, "hidden": False}
    return Row(id=f"id{number}", title=title, group=True, order=number, hue="1", **words, **shown)


def told(titles):
    """The frames with rows of these names."""
    sidebar, tab = Sidebar(None, Stream()), Tab()
    sidebar.listed([row(number, title) for number, title in enumerate(titles)], {}, "")
    sidebar.tell(tab)
    return [tab.queue.get_nowait()[0] for _ in range(tab.queue.qsize())]


def test_many_rows_come_in_several_frames_and_each_once():
    frames = told(["A group"] * (2 * ROWS + 1))
    assert len(frames) == 3
    rows = "".join(json.loads(frame)["rows"] for frame in frames)
    assert [rows.count(f'id="conversation-id{number}"') for number in range(2 * ROWS + 1)] == [1] * (2 * ROWS + 1)


def test_long_rows_come_in_more_frames_none_of_which_is_too_long():
    frames = told(["Many people " * 1_000] * ROWS)
    assert max(map(len, frames)) <= LONGEST_FRAME
    rows = "".join(json.loads(frame)["rows"] for frame in frames)
    assert [rows.count(f'id="conversation-id{number}"') for number in range(ROWS)] == [1] * ROWS


def test_a_row_that_no_frame_can_hold_keeps_no_other_from_being_told():
    [frame] = told(["A group", "x" * LONGEST_FRAME])
    assert 'id="conversation-id0"' in json.loads(frame)["rows"]


def test_a_tab_that_was_here_before_the_first_page_made_here_has_the_list_by_that():
    stream, tab = Stream(), Tab()
    stream.tabs.add(tab)
    sidebar = Sidebar(None, stream)
    for title in ("By the first page", "By another"):
        sidebar.listed([row(1, title)], {}, "")
    [frame] = [tab.queue.get_nowait()[0] for _ in range(tab.queue.qsize())]
    assert "By the first page" in json.loads(frame)["rows"]
