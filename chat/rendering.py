"""People's text → HTML that is safe to put on a page: escaped first, then links, code and quotes, and nothing else.

Not a character goes: the marks that make code and quotes stay in the page, out of sight, so that a copy is what was
written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

# Every repetition is bounded, or ends at a character it can't match itself, so a search is linear.
INLINE = re.compile(
    r"(?P<url>\b(?:https?://|mailto:|tel:)[^\s<>\"`]+)|(?P<email>\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})"
    r"|(?<!`)(?P<ticks>`{1,3})(?![`\s])(?P<code>[^`\n]+)(?<!\s)(?P=ticks)(?!`)",
    re.IGNORECASE,
)
# A fence begins a line that has no other backticks but, perhaps, the closing fence; a quote is all its lines together.
# `>:(` quotes nothing.
BLOCK = re.compile(
    r"^(?:(?P<fence>```)(?=[^`\n]*(?:```[ \t]*)?$)(?P<language>[\w+#.-]{1,40}(?=[ \t]*\n))?(?P<line>[ \t]*\n)?"
    r"|>(?=[\s\w>]|$)[^\n]*(?:\n>(?=[\s\w>]|$)[^\n]*)*\n?)",
    re.MULTILINE,
)
FENCE_END = re.compile(r"\n?```[ \t]*$\n?", re.MULTILINE)
QUOTE_MARK = re.compile(r"^(> ?)", re.MULTILINE)
TRAILING = ".,;:!?'\"…’”»"
BRACKETS = {")": "(", "]": "[", "}": "{"}
# What ends a line besides a newline. At the last five browsers break none: they draw a box, or nothing.
LINE_END = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Controls that draw nothing, except tab and newline.
INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# In a name they have no use but to disguise it.
BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
ZERO_WIDTH = re.compile("[\u200b\u2060\ufeff]")

LONG_TEXT = 2_000  # characters
LONG_LINES = 30
# Ten times what may be said from here. Others may send megabytes, which would keep everybody waiting.
LONGEST_MARKED_UP = 200_000  # characters
LONGEST_NAME_KEPT = 200  # characters: a server that sends others fills no memory with them


def plain_text(text: str) -> str:
    """The text of a message without controls; every line ends with a newline alone."""
    return INVISIBLE.sub("", LINE_END.sub("\n", text))


def message_html(text: str) -> SafeString:
    """The text of a message as HTML; line ends stay line ends (the style sheet keeps them). An endless one is escaped
    and no more."""
    text = plain_text(text)
    if len(text) > LONGEST_MARKED_UP:
        return escape(text)
    return mark_safe("".join(_blocks(text)))  # noqa: S308 - every piece is escaped below


def _blocks(text: str) -> Iterator[str]:
    done = at = 0
    closed = True
    while match := BLOCK.search(text, at):
        at = match.end()
        block = ""
        if match["fence"]:
            end = FENCE_END.search(text, at) if closed else None
            closed = end is not None  # with no end from here there is none further down
            if end:
                block = _code(match, text[at : end.start()], end.group())
                at = end.end()
        else:
            block = _quote(match.group())
        if block:
            yield _inline(text[done : match.start()])
            yield block
            done = at
    yield _inline(text[done:])


def _code(opening: re.Match[str], code: str, closing: str) -> str:
    if not code.strip():
        return ""
    language, line = opening["language"], opening["line"]
    label = f'<span class="message__language">{escape(language)}</span>' if language else ""
    start = _mark(opening["fence"]) + label + _mark(line or "")
    return f'<pre class="message__code">{start}<code>{escape(code)}</code>{_mark(closing)}</pre>'


def _quote(block: str) -> str:
    pieces = QUOTE_MARK.split(block)  # every other one is a mark
    lines = (_mark(piece) if number % 2 else _inline(piece) for number, piece in enumerate(pieces))
    return f"<blockquote>{''.join(lines)}</blockquote>"


def _mark(written: str) -> str:
    return f'<span class="message__mark">{escape(written)}</span>' if written else ""


def _inline(text: str) -> str:
    pieces: list[str] = []
    end = 0
    for match in INLINE.finditer(text):
        pieces.append(escape(text[end : match.start()]))
        if match["code"]:
            ticks = _mark(match["ticks"])
            pieces.append(f"{ticks}<code>{escape(match['code'])}</code>{ticks}")
            end = match.end()
            continue
        target = _trimmed(match.group())
        href = f"mailto:{target}" if match["email"] else target
        pieces.append(
            f'<a href="{escape(href)}" rel="noopener noreferrer nofollow" target="_blank">{escape(target)}</a>'
        )
        end = match.start() + len(target)
    pieces.append(escape(text[end:]))
    return "".join(pieces)


def _trimmed(link: str) -> str:
    """The link without the punctuation that ends its sentence, or the bracket that was opened before it."""
    end = len(link)
    unopened = {close: link.count(close) - link.count(opening) for close, opening in BRACKETS.items()}
    while end and (link[end - 1] in TRAILING or unopened.get(link[end - 1], 0) > 0):
        end -= 1
        if link[end] in unopened:
            unopened[link[end]] -= 1
    return link[:end]


def is_long(text: str) -> bool:
    """Whether a text takes so much room that it is folded."""
    return len(text) > LONG_TEXT or plain_text(text).count("\n") > LONG_LINES


def plain_name(name: str) -> str:
    """A person's name as one line of plain text, without characters that disguise or reorder what stands beside it."""
    return _plain(name) if len(name) <= LONGEST_NAME_KEPT else _plain.__wrapped__(name)


def forget_names() -> None:
    """Keep no name that was asked for before."""
    _plain.cache_clear()


@lru_cache(maxsize=10_000)
def _plain(name: str) -> str:
    return " ".join(ZERO_WIDTH.sub("", BIDI.sub("", INVISIBLE.sub(" ", name))).split())


def initials(name: str) -> str:
    """One or two characters to stand for a name in an avatar."""
    words = [word for word in name.split() if word[0].isalnum()] or name.split()
    return "".join(word[0] for word in (words[0], *words[1:][-1:])).upper()[:2] if words else "?"
