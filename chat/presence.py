"""Whether a friend is there. Every page goes by what is decided here, whatever the server calls it."""

from __future__ import annotations

from chat.ozeki.models import Friend
from chat.rendering import plain_name

AVAILABLE, OFFLINE = "available", "offline"


def presence(friend: Friend) -> str:
    """AVAILABLE, OFFLINE (also when the server says nothing), or else its own words as one line of plain text."""
    words = plain_name(friend.availability) or OFFLINE
    return words.lower() if words.lower() in (AVAILABLE, OFFLINE) else words
