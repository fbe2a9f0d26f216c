"""That the soak test works, for a few seconds; `python -m tests.soak` is the one that finds what grows."""

from __future__ import annotations

import pytest

from tests.soak import Result, soak


def test_people_talk_come_and_go_and_every_tab_is_current(_fresh_sandbox, tmp_path):
    result = soak(2, 60, tmp_path / "data", page=False)
    assert result.said > 10
    assert len(result.samples) > 2
    assert "descriptors" in result.table()


@pytest.mark.parametrize(("each", "flat"), [(0.01, True), (3.0, False)])
def test_what_grows_from_sample_to_sample_is_told_from_what_does_not(each, flat):
    samples = [{"seconds": n, "said": n, "MiB": 100 + each * n, "threads": 4} for n in range(30)]
    result = Result(samples, said=30, seconds=30)
    assert (result.flat, result.is_flat("MiB"), result.is_flat("threads")) == (flat, flat, True)
    assert ("GROWS" in result.table()) is not flat
