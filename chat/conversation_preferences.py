"""How a person wants a conversation shown: favourite, muted, hidden, in a colour. Each can be taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy

from chat import presenting
from chat.account import Account, NotTheirsError
from chat.ozeki import protocol
from chat.ozeki.models import WHITE, Conversation

# Light, because other clients put their own text on them. The style sheet palette.css has them, too.
PALETTE = (
    ("#ffb3ba", gettext_lazy("Rose")),
    ("#ffd3b0", gettext_lazy("Peach")),
    ("#fff3b0", gettext_lazy("Lemon")),
    ("#baffc9", gettext_lazy("Mint")),
    ("#b3ece7", gettext_lazy("Aqua")),
    ("#bae1ff", gettext_lazy("Sky")),
    ("#d7c4ff", gettext_lazy("Lavender")),
    ("#d5d9de", gettext_lazy("Stone")),
)
NOW = {
    ("favorite", "on"): gettext_lazy("Added to favourites."),
    ("favorite", "off"): gettext_lazy("Removed from favourites."),
    ("muted", "on"): gettext_lazy("Muted."),
    ("muted", "off"): gettext_lazy("No longer muted."),
    ("hidden", "on"): gettext_lazy("Hidden."),
    ("hidden", "off"): gettext_lazy("Shown again."),
    ("color", WHITE): gettext_lazy("Colour removed."),
}
COLORED = gettext_lazy("Colour changed.")


@dataclass(frozen=True, slots=True)
class Offer:
    """What was done to a conversation, in words, and the preferences that undo it."""

    conversation: str
    words: str
    undo: Mapping[str, str]


def of(account: Account, conversation: Conversation) -> dict[str, str]:
    """The person's preferences for a conversation as forms name them: `on` or `off`, and `color` as #rrggbb."""
    mine = conversation.preferences_of(account.userid)
    switches = {
        "favorite": mine.isfavorite,
        "muted": mine.ismuted,
        "hidden": presenting.hidden(account, conversation),
    }
    return {**{name: "on" if on else "off" for name, on in switches.items()}, "color": mine.color}


async def prefer(account: Account, conversation: Conversation, wishes: Mapping[str, str]) -> Conversation:
    """Ask the server for these preferences (p_4858 to p_4865); the conversation as it is then.

    Each is asked for even if it seems to be so already: another device may have changed it a moment ago. Raises
    NotTheirsError when the conversation is gone.
    """
    for name, value in wishes.items():
        conversation = await _prefer(account, conversation, name, value)
    return conversation


async def _prefer(account: Account, conversation: Conversation, name: str, value: str) -> Conversation:
    def call(caller: protocol.Caller) -> protocol.Call[Conversation]:
        return _call(account, caller, conversation, name, value)

    changed = await account.change(call, about=conversation)
    if of(account, changed)[name] == value:
        return changed
    # The reply may still tell how it was before (p_4860), so the list has the last word.
    conversation = await _listed(account, conversation)
    if name == "hidden" and of(account, conversation)[name] != value:
        return await account.change(call, about=conversation)  # something came in between, and is hidden with it
    return conversation


async def _listed(account: Account, conversation: Conversation) -> Conversation:
    known = await account.conversations(fresh=True)
    if conversation.id not in known:
        raise NotTheirsError
    return known[conversation.id]


def _call(
    account: Account, caller: protocol.Caller, conversation: Conversation, name: str, value: str
) -> protocol.Call[Conversation]:
    match name, value:
        case "favorite", "on":
            return protocol.favorite(caller, conversation)
        case "favorite", _:
            return protocol.unfavorite(caller, conversation)
        case "muted", "on":
            return protocol.mute(caller, conversation)
        case "muted", _:
            return protocol.unmute(caller, conversation)
        case "hidden", "on":
            return protocol.hide(caller, conversation, presenting.hide_mark(account, conversation))
        case "hidden", _:
            return protocol.unhide(caller, conversation)
        case _:
            return protocol.set_color(caller, conversation, value)


def offer(account: Account, conversation: Conversation, undo: Mapping[str, str]) -> Offer | None:
    """The offer to go back to the preferences `undo`; None when it is so already."""
    now = of(account, conversation)
    undo = {name: value for name, value in undo.items() if now[name] != value}
    words = " ".join(str(NOW.get((name, now[name]), COLORED)) for name in undo)
    return Offer(conversation.id, words, undo) if undo else None
