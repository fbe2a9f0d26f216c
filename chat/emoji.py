"""Which texts are emoji and nothing else. Python's regular expressions don't know emoji by their property."""

from __future__ import annotations

import re

# What is drawn as a picture by itself, or when U+FE0F asks for it; skin tones, flags of regions (U+E0020 …), families
# joined by U+200D; keycaps; flags of countries, which are two letters.
_PICTURE = (
    "[\u231a\u231b\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2614\u2615\u263a\u2648-\u2653\u267f\u2693\u26a1\u26aa\u26ab\u26bd\u26be"
    "\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a\u270b\u2728\u274c\u274e\u2753-\u2755\u2757\u2764"
    "\u2795-\u2797\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55\U0001f004\U0001f0cf\U0001f18e\U0001f191-\U0001f19a\U0001f201\U0001f21a"
    "\U0001f22f\U0001f232-\U0001f23a\U0001f250\U0001f251\U0001f300-\U0001f64f\U0001f680-\U0001f6ff\U0001f7e0-\U0001f7f0"
    "\U0001f90c-\U0001f9ff\U0001fa70-\U0001faff]\ufe0f?"
)
_ASKED = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f170-\U0001f17f\U0001f202]\ufe0f"
)
_ONE = f"(?:{_PICTURE}|{_ASKED})[\U0001f3fb-\U0001f3ff]?[\U000e0020-\U000e007f]{{0,7}}"
_JOINED = f"{_ONE}(?:\u200d(?:{_ONE}|[\u2640\u2642\u2695\u2696\u2708])){{0,4}}"
_EMOJI = f"(?>{_JOINED}|[0-9#*]\ufe0f?\u20e3|[\U0001f1e6-\U0001f1ff]{{2}})"
FEW_EMOJI = re.compile(rf"{_EMOJI}(?:\s*{_EMOJI}){{0,5}}")
LONGEST_EMOJI = 120


def is_emoji(text: str) -> bool:
    """Whether a text is a few emoji, which are shown large, and nothing else."""
    return len(text) <= LONGEST_EMOJI and FEW_EMOJI.fullmatch(text.strip()) is not None
