"""What a field of the dialect might be: every candidate comes out of the field's own annotation in `dialect.py`."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations, product
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from chat.ozeki.dialect import Dialect, Template

# Between two placeholders of a template.
SEPARATORS = ("", ":", ";", ",", "|", "-", "_", ".", "/", "#", "@", "+", " ")


def value_of(dialect: Dialect, name: str) -> Any:
    """Return the value of a field by its dotted name, as in `message.cipher`."""
    table, _, field = name.partition(".")
    return getattr(getattr(dialect, table), field)


def vary(dialect: Dialect, names: tuple[str, ...], values: tuple[Any, ...]) -> Dialect:
    """Return the dialect with these fields changed."""
    for name, value in zip(names, values, strict=True):
        table, _, field = name.partition(".")
        dialect = replace(dialect, **{table: replace(getattr(dialect, table), **{field: value})})
    return dialect


def choices(*names: str) -> list[tuple[str, ...]]:
    """Return every combination of the values that these fields may have."""
    return list(product(*(_values(name) for name in names)))


def _values(name: str) -> tuple[str, ...]:
    rule = _rule(name)
    if get_origin(rule) is Literal:
        return get_args(rule)
    placeholders = _template(rule).placeholders
    pairs = permutations(placeholders, 2)
    return (*placeholders, *(one + between + other for one, other in pairs for between in SEPARATORS))


def allowed(name: str, value: str) -> bool:
    """Tell whether a template of this field may read so."""
    return _template(_rule(name))(value)


def _rule(name: str) -> Any:
    table, _, field = name.partition(".")
    return get_type_hints(get_type_hints(Dialect)[table], include_extras=True)[field]


def _template(rule: Any) -> Template:
    template = get_args(rule)[1] if get_origin(rule) is Annotated else None
    if not isinstance(template, Template):
        raise TypeError(f"{rule} has no list of candidates")
    return template
