"""What was measured, as a table of medians, spreads and ratios."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

HEAD = ("Work", "Ozeki Web", "The floor", "÷ floor", "The Lounge", "÷ The Lounge", "Be at", "Met")
Rounds = Sequence[Sequence[float]]  # the samples of each round, in the order the rounds were taken


@dataclass(frozen=True)
class Run:
    """How to measure: `quick`, which is good for nothing but to see that it works; and with The Lounge as a `peer`."""

    quick: bool
    peer: bool


@dataclass(frozen=True)
class Line:
    """One thing measured, round by round: here, by the floor, and by The Lounge; `earlier`: of it, from another run.

    What it is to be at: `most` or `least` in its own unit, `floors` times the floor's figure at most, `lounges` times
    that of The Lounge.
    """

    work: str
    unit: str
    ours: Rounds
    floor: Rounds = ()
    lounge: Rounds = ()
    earlier: str = ""
    most: float | None = None
    least: float | None = None
    floors: float | None = None
    lounges: float | None = None

    def cells(self) -> tuple[str, ...]:
        return (
            self.work,
            figure(self.ours, self.unit),
            figure(self.floor, self.unit),
            ratio(self.ours, self.floor),
            figure(self.lounge, self.unit) if self.lounge else f"{self.earlier} †" if self.earlier else "–",
            ratio(self.ours, self.lounge),
            ", ".join(words for words, _ in self.goals()) or "–",
            self.verdict(),
        )

    def goals(self) -> Iterator[tuple[str, bool | None]]:
        """Each goal in words, and whether it is met; None: what it is compared with was not measured."""
        ours = middle(self.ours)
        if self.most is not None:
            yield f"≤ {written(self.most)} {self.unit}", ours <= self.most
        if self.least is not None:
            yield f"≥ {written(self.least)} {self.unit}", ours >= self.least
        for words, times, others in (("the floor", self.floors, self.floor), ("The Lounge", self.lounges, self.lounge)):
            if times is not None:
                yield f"≤ {times:g} × {words}", middle(self.ratios(others)) <= times if others else None

    def verdict(self) -> str:
        verdicts = [met for _, met in self.goals()]
        if not verdicts:
            return "–"
        return "no" if False in verdicts else "not compared" if None in verdicts else "yes"

    def ratios(self, others: Rounds) -> Rounds:
        return [ratios(self.ours, others)]


def middle(rounds: Rounds) -> float:
    """The median of all samples."""
    return median(sample for samples in rounds for sample in samples)


def ratios(ours: Rounds, others: Rounds) -> list[float]:
    """Each round's median by that of the same round elsewhere."""
    return [median(mine) / median(theirs) for mine, theirs in zip(ours, others, strict=True)]


def figure(rounds: Rounds, unit: str) -> str:
    """The median, with the middle half of all samples as the spread."""
    samples = [sample for samples in rounds for sample in samples]
    if not samples:
        return "–"
    text = f"{written(median(samples))} {unit}"
    if len(samples) < 3:
        return text
    low, _, high = quantiles(samples, n=4, method="inclusive")
    return text if low == high else f"{text} ({written(low)}–{written(high)})"


def ratio(ours: Rounds, others: Rounds) -> str:
    """The median of the rounds' ratios, with the least and the greatest."""
    if not others:
        return "–"
    each = ratios(ours, others)
    text = f"**{median(each):.2f}**"
    return text if len(each) == 1 else f"{text} ({min(each):.2f}–{max(each):.2f})"


def written(number: float) -> str:
    """Three digits of it are enough."""
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"


def table(lines: Sequence[Line]) -> str:
    """The lines in Markdown."""
    rows = [HEAD, tuple("---" for _ in HEAD), *(line.cells() for line in lines)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)
