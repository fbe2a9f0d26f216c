from __future__ import annotations

import contextvars

import pytest

from chat import trail


@pytest.fixture(autouse=True)
def _a_trail_of_its_own():
    before = trail._id.set("-")
    yield
    trail._id.reset(before)


@pytest.mark.parametrize("given", ["a", "5f0c2a9be1d34477", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "x" * 64])
def test_an_id_of_a_harmless_shape_is_taken(given):
    assert trail.begin(given) == trail.current() == given


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a\n", "a\nb", "\x1b[2J", "é", "٣", "a;b", "-->", '"'])
def test_another_one_is_replaced(given):
    assert trail.begin(given) == trail.current()
    assert trail.HARMLESS.fullmatch(trail.current())


def test_each_new_one_is_another():
    assert len({trail.begin() for _ in range(100)}) == 100


def test_work_that_outlives_its_request_has_an_id_and_nothing_of_the_request():
    thread = contextvars.ContextVar("thread", default="none")
    thread.set("the request's")
    trail.begin("the-request")
    context = trail.apart("the-relay")
    assert context.run(trail.current) == "the-relay"
    assert context.run(thread.get) == "none"
    assert trail.current() == "the-request"
