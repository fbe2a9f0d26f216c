"""What the two lively people say: pleasant everyday office talk."""

from __future__ import annotations

import random
import re

# The first pattern found in a message decides which answers fit.
ANSWERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        r"\b(thank|thx|cheers|köszi|köszönöm|danke|merci)",
        ("Any time!", "You're welcome 🙂", "Happy to help.", "No problem at all."),
    ),
    (
        r"\b(hi|hello|hey|morning|good afternoon|szia|hallo)\b",
        (
            "Hi! How's your day going?",
            "Hello 👋",
            "Hey! Good timing, I just got back to my desk.",
            "Morning! Coffee first, then everything else.",
        ),
    ),
    (
        r"\b(lunch|coffee|tea|hungry|pizza|ebéd|kávé)\b",
        (
            "Yes please. Five minutes?",
            "I was hoping somebody would ask ☕",
            "The new place on the corner has soup today.",
            "Count me in, just finishing a mail.",
        ),
    ),
    (
        r"https?://",
        (
            "Thanks for the link, reading it now.",
            "Oh, I had that open in a tab since Monday and never read it 😄",
            "Saved. The second half is the interesting part, isn't it?",
        ),
    ),
    (
        r"\b(meeting|call|standup|stand-up|agenda|schedule)\b",
        (
            "Works for me. Shall I book the small room?",
            "Can we make it 25 minutes instead of 30?",
            "I'll add it to the agenda.",
            "I'm free after two.",
        ),
    ),
    (
        r"\b(bug|broken|error|crash|fail|fails|failed|failing|down)\b",
        (
            "Hm. Can you send me the line from the log?",
            "I'll have a look. Did it start after this morning's update?",
            "Reproduced it here. Give me a quarter of an hour.",
        ),
    ),
    (
        r"\b(done|finished|ready|shipped|released|merged|fixed)\b",
        ("Lovely, that was quick!", "🎉", "Great, I'll tell the others.", "Perfect. One thing less for Friday."),
    ),
    (
        r"\b(bye|see you|good night|weekend|tomorrow)\b",
        ("See you!", "Have a good one 👋", "Till tomorrow!"),
    ),
    (
        r"\?\s*$",
        (
            "Good question. Let me check and come back to you.",
            "I think so, but ask Alice to be sure.",
            "Yes, as far as I know.",
            "Not yet, but it's on my list for today.",
            "Depends. What would you prefer?",
        ),
    ),
    (
        "",
        (
            "Makes sense.",
            "Sounds good to me.",
            "OK, noted 👍",
            "Ha, fair enough.",
            "Agreed. Let's keep it simple.",
            "I see. Tell me more?",
            "Let me think about that over a coffee.",
            "Right, I'll keep an eye on it.",
        ),
    ),
)

OPENINGS = (
    "Does anybody else hear the printer humming? 🖨️",
    "There's cake in the kitchen. First come, first served 🍰",
    "Could you have a quick look at the draft when you have a minute? No hurry.",
    "The 14:00 moved to 14:30, same room.",
    "I finally fixed the projector. It was the cable. It is always the cable.",
    "Has anyone seen my blue notebook? I think I left it after the stand-up.",
    "Good news: the supplier confirmed delivery for Thursday.",
    "Reminder: the backup runs tonight at 22:00, please close the big spreadsheet.",
    "I put the numbers for the week here: https://intranet.example.org/reports/weekly",
    "Quick question: do we still need the old staging machine?",
    "Going for a coffee, shall I bring you one? ☕",
    "The customer from yesterday just wrote. They're happy. Well done everybody!",
    "It's raining sideways. Take an umbrella if you go out.",
    "I'm out on Friday afternoon, Bob has the phone.",
)


def answer(text: str, chance: random.Random) -> str:
    """Something that fits what was said."""
    fitting = next(answers for pattern, answers in ANSWERS if re.search(pattern, text, re.IGNORECASE))
    return chance.choice(fitting)


def opening(chance: random.Random) -> str:
    return chance.choice(OPENINGS)
