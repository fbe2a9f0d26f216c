"""Searching one conversation: the whole of it, page by page, with nothing written anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from django.utils import timezone

from chat import history
from chat.account import Account
from chat.keyring import Opened
from chat.ozeki.models import Conversation, Sealed
from chat.presenting import folded, folded_letter
from chat.rendering import plain_text

LONGEST = 200  # characters of what is looked for
MOST = 100
AFTER = 25  # messages shown below a hit when one goes to it
EXCERPT = 400  # characters of a long message
LEAD = 80  # of them before the first match


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text, with its line ends; `found` is what was looked for."""

    text: str
    found: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """A message in which something was found. `before` is where a page with it in the middle ends; None: the end."""

    opened: Opened
    pieces: tuple[Piece, ...]
    before: Sealed | None


@dataclass(frozen=True, slots=True)
class Found:
    """What one page had: hits, the newest first, and how many messages could not be searched."""

    hits: tuple[Hit, ...]
    locked: int


async def search(account: Account, conversation: Conversation, words: str) -> AsyncIterator[Found]:
    """Look for `words` from the newest page back (p_8072), case and accents aside. Raises as `ask` does."""
    wanted = folded(words)
    after: tuple[Sealed, ...] = ()
    async for page, _ in history.passage(account, conversation):
        around = (*page.messages, *after[: AFTER + 1])
        after = page.messages
        place = {sealed.id: n for n, sealed in enumerate(page.messages)}
        now = timezone.now()
        opened = await history.read(account, conversation, [one for one in page.messages if one.validuntil > now])
        hits = []
        for one in reversed(opened):
            await asyncio.sleep(0)  # long texts take a while, and others wait
            found = pieces(one.message.text, wanted) if one.message else ()
            if found:
                until = place[one.sealed.id] + AFTER + 1
                hits.append(Hit(one, found, around[until] if until < len(around) else None))
        yield Found(tuple(hits), sum(one.message is None for one in opened))


def pieces(text: str, wanted: str) -> tuple[Piece, ...]:
    """The text cut at every place of `wanted`, which is folded, or the part of a long one that has the first; () when
    it is not there."""
    text = plain_text(text)
    if wanted not in folded(text):
        return ()
    letters = [folded_letter(letter) for letter in text]
    plain = "".join(letters)
    origin = [n for n, letter in enumerate(letters) for _ in letter]  # folding may make more of a letter, or nothing
    spans: list[tuple[int, int]] = []
    start = plain.find(wanted)
    while start >= 0:
        end = start + len(wanted)
        stop = origin[end - 1] + 1
        while stop < len(text) and not letters[stop]:
            stop += 1  # an accent of its own belongs to the letter before
        if not spans or origin[start] >= spans[-1][1]:
            spans.append((origin[start], stop))
        start = plain.find(wanted, end)
    return _cut(text, spans)


def _cut(text: str, spans: list[tuple[int, int]]) -> tuple[Piece, ...]:
    begin, end = 0, len(text)
    if end > EXCERPT and spans:
        begin = max(0, spans[0][0] - LEAD)
        end = min(end, max(begin + EXCERPT, spans[0][1]))
    cut, at = [Piece("… " if begin else "", found=False)], begin
    for start, stop in spans:
        if stop <= end:
            cut += [Piece(text[at:start], found=False), Piece(text[start:stop], found=True)]
            at = stop
    cut.append(Piece(text[at:end] + (" …" if end < len(text) else ""), found=False))
    return tuple(piece for piece in cut if piece.text)
