from __future__ import annotations

import json

import pytest

from chat.stream import LONGEST_FRAME, QUEUE, RING_BYTES, RING_EVENTS, SIGNED_OUT, TOO_SLOW, Close, Stream, Tab


def numbers(events):
    return [event.n for event in events]


def waiting(tab):
    items = [tab.queue.get_nowait() for _ in range(tab.queue.qsize())]
    return [item if isinstance(item, Close) else item[0] for item in items]


def test_events_are_numbered_from_one():
    stream = Stream()
    assert [stream.add({}).n for _ in range(3)] == [1, 2, 3]


def test_each_stream_has_an_epoch_of_its_own():
    assert Stream().epoch != Stream().epoch


def test_what_was_missed_can_be_had_again():
    stream = Stream()
    for _ in range(5):
        stream.add({})
    assert numbers(stream.since(stream.epoch, 2)) == [3, 4, 5]
    assert numbers(stream.since(stream.epoch, 5)) == []


@pytest.mark.parametrize("n", [-1, 6, "2", None, 2.0, [], {}])
def test_a_number_that_was_never_given_out_is_not_known(n):
    stream = Stream()
    for _ in range(5):
        stream.add({})
    assert stream.since(stream.epoch, n) is None


def test_another_epoch_is_not_known():
    assert Stream().since(Stream().epoch, 0) is None


def test_as_many_events_as_the_ring_holds_can_be_had_again_and_no_more():
    stream = Stream()
    for _ in range(RING_EVENTS + 1):
        stream.add({})
    assert len(stream.since(stream.epoch, 1)) == RING_EVENTS
    assert stream.since(stream.epoch, 0) is None


def test_large_events_push_out_older_ones():
    stream = Stream()
    for _ in range(4):
        stream.add({"rows": "x" * (RING_BYTES // 3)})
    assert numbers(stream.since(stream.epoch, 2)) == [3, 4]
    assert stream.since(stream.epoch, 1) is None


def test_only_a_tab_that_shows_the_conversation_gets_its_content():
    event = Stream().add({"rows": "<li>"}, "c1", {"messages": "<article>"})
    here, elsewhere, nowhere = (json.loads(event.frame(Tab(conversation=id))) for id in ("c1", "c2", None))
    assert here == {"type": "event", "n": 1, "rows": "<li>", "conversation": "c1", "messages": "<article>"}
    assert elsewhere == nowhere == {"type": "event", "n": 1, "rows": "<li>"}


def test_an_event_about_no_conversation_tells_all_tabs_the_same():
    event = Stream().add({"drop": ["c1"]})
    assert event.frame(Tab(conversation="c1")) == event.frame(Tab())


def test_a_tab_that_never_reads_is_closed_while_the_others_go_on():
    stuck, reading = Tab(), Tab()
    for n in range(QUEUE + 1):
        for tab in (stuck, reading):
            tab.put(f"{n}")
        assert waiting(reading) == [f"{n}"]
    assert waiting(stuck) == [TOO_SLOW]


def test_a_full_queue_is_not_yet_a_slow_tab():
    tab = Tab()
    for n in range(QUEUE):
        tab.put(f"{n}")
    assert len(waiting(tab)) == QUEUE


def test_closing_a_tab_drops_what_waits_for_it():
    tab = Tab()
    tab.put("frame")
    tab.close(SIGNED_OUT)
    assert waiting(tab) == [SIGNED_OUT]


def test_what_is_too_long_for_a_frame_is_left_to_be_fetched():
    event = Stream().add({"rows": "r"}, "c", {"messages": "m" * (LONGEST_FRAME + 1)})
    assert json.loads(event.frame(Tab(conversation="c"))) == {
        "type": "event",
        "n": 1,
        "sidebar": True,
        "conversation": "c",
        "reset": True,
    }
    assert json.loads(event.frame(Tab())) == {"type": "event", "n": 1, "rows": "r"}
