"""People's text → HTML that is safe to put on a page: escaped first, then links, and nothing else."""

from __future__ import annotations

import re

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

# Every repetition is bounded and no two neighbours can match the same character twice, so a search is linear.
LINK = re.compile(
    r"(?P<url>\b(?:https?://|mailto:|tel:)[^\s<>\"]{1,2000})|(?P<email>\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})",
    re.IGNORECASE,
)
TRAILING = ".,;:!?'\"…’”»"
BRACKETS = {")": "(", "]": "[", "}": "{"}
# Controls that draw nothing, except tab and newline.
INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# In a name they have no use but to disguise it.
BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
ZERO_WIDTH = re.compile("[\u200b\u2060\ufeff]")


def plain_text(text: str) -> str:
    """The text of a message without controls; every line ends with a newline alone."""
    return INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def message_html(text: str) -> SafeString:
    """The text of a message as HTML; line ends stay line ends (the style sheet keeps them)."""
    text = plain_text(text)
    pieces: list[str] = []
    end = 0
    for match in LINK.finditer(text):
        target = _trimmed(match.group())
        pieces.append(escape(text[end : match.start()]))
        href = f"mailto:{target}" if match.group("email") else target
        pieces.append(
            f'<a href="{escape(href)}" rel="noopener noreferrer nofollow" target="_blank">{escape(target)}</a>'
        )
        end = match.start() + len(target)
    pieces.append(escape(text[end:]))
    return mark_safe("".join(pieces))  # noqa: S308 - every piece is escaped above


def _trimmed(link: str) -> str:
    """The link without the punctuation that ends its sentence, or the bracket that was opened before it."""
    while link and (
        link[-1] in TRAILING or (link[-1] in BRACKETS and link.count(link[-1]) > link.count(BRACKETS[link[-1]]))
    ):
        link = link[:-1]
    return link


def plain_name(name: str) -> str:
    """A person's name as one line of plain text, without characters that disguise or reorder what stands beside it."""
    return " ".join(ZERO_WIDTH.sub("", BIDI.sub("", INVISIBLE.sub(" ", name))).split())


def initials(name: str) -> str:
    """One or two characters to stand for a name in an avatar."""
    words = [word for word in name.split() if word[0].isalnum()] or name.split()
    return "".join(word[0] for word in (words[0], *words[1:][-1:])).upper()[:2] if words else "?"
