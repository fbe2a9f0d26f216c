"""The table says what was measured, and whether that is where it is to be."""

from __future__ import annotations

from tests.bench.document import Document
from tests.bench.table import Line, table


def cells(**others):
    return Line("Work", "ms", [[10, 20, 30], [20, 30, 40]], **others).cells()


def test_a_figure_is_the_median_of_all_samples_with_their_middle_half():
    assert cells()[1] == "25 ms (20–30)"


def test_a_ratio_is_the_median_of_those_of_the_rounds():
    assert cells(floor=[[10], [30]])[3] == "**1.50** (1.00–2.00)"


def test_a_figure_from_another_run_is_marked_and_makes_no_ratio():
    assert cells(earlier="16 ms", lounges=1)[4:] == ("16 ms †", "–", "≤ 1 × The Lounge", "not compared")


def test_each_goal_counts():
    assert cells(most=30, floor=[[10], [30]], floors=2)[6:] == ("≤ 30 ms, ≤ 2 × the floor", "yes")
    assert cells(most=30, floor=[[10], [30]], floors=1)[7] == "no"
    assert cells(least=26)[7] == "no"
    assert cells()[6:] == ("–", "–")


def test_the_page_has_a_line_for_each_and_says_why_there_is_no_peer():
    document = Document(why_no_peer="there is no npm on the PATH", quick=True)
    document.lines = [Line("Work", "ms", [[1.0]]), Line("More work", "kB", [[2.0]])]
    text = document.text()
    assert table(document.lines) in text
    assert "| Work | 1 ms |" in text
    assert "there is no npm on the PATH" in text
    assert "quick run" in text
