"""What was found out about a field of the dialect, how sure that is, and why. No text here holds anybody's secret."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from chat.meeting.candidates import value_of
from chat.ozeki.dialect import Dialect

# certain: shown by cryptography, or seen. likely: the samples read well so. unknown: nothing fits, or several do.
Sure = Literal["certain", "likely", "unknown"]
NAMED_AT_MOST = 4


@dataclass(frozen=True, slots=True)
class Finding:
    """`value` is None when it is unknown. `samples`: how many things it was tried on; 0: there was nothing to try."""

    field: str
    sure: Sure
    why: str
    value: Any = None
    samples: int = 0

    @property
    def shown(self) -> str:
        """The value as a table shows it."""
        if isinstance(self.value, tuple):
            return " ".join(action.action for action in self.value)
        return "" if self.value is None else str(self.value) or '""'


def unknown(names: Sequence[str], why: str, *, samples: int = 0) -> list[Finding]:
    """Return that nothing is known of these fields."""
    return [Finding(name, "unknown", why, samples=samples) for name in names]


def settle(
    held: Dialect,
    names: Sequence[str],
    fits: Collection[tuple[Any, ...]],
    *,
    sure: Sure,
    why: str,
    otherwise: str,
    samples: int,
) -> list[Finding]:
    """Return what the combinations of values that fit say of each field.

    Among several that fit equally the one of the dialect `held` stays; if it is not among them, the field is unknown.
    """
    if not fits:
        return unknown(names, otherwise, samples=samples)
    current = tuple(value_of(held, name) for name in names)
    found = []
    for n, name in enumerate(names):
        values = list(dict.fromkeys(fit[n] for fit in fits))
        if len(values) == 1:
            found.append(Finding(name, sure, why, values[0], samples))
        elif current in fits:
            others = _listed([value for value in values if value != current[n]])
            found.append(Finding(name, "likely", f"{why}; {others} would do as well", current[n], samples))
        else:
            found.append(Finding(name, "unknown", f"{_listed(values)} fit equally", samples=samples))
    return found


def number(count: int, what: str, plural: str = "") -> str:
    """Return how many there are, as in "1 call" and "2 calls"."""
    return f"{count} {what if count == 1 else plural or what + 's'}"


def _listed(values: list[str]) -> str:
    more = f" and {len(values) - NAMED_AT_MOST} more" if len(values) > NAMED_AT_MOST else ""
    return ", ".join(values[:NAMED_AT_MOST]) + more
