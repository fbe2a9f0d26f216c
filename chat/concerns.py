"""Reporting a concern about somebody: a message to whom `CONCERNS_TO` names, in the conversation with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.conf import settings
from django.utils.translation import gettext as _

from chat import history, presenting
from chat.account import Account, NotTheirsError
from chat.forms import LONGEST_MESSAGE
from chat.keyring import Opened
from chat.ozeki.models import Conversation, Friend
from chat.people import direct
from chat.rendering import plain_name

LONGEST_NAME = 200
PAGES = 20


def recipient(
    account: Account, conversations: Mapping[str, Conversation], friends: Mapping[str, Friend]
) -> Conversation | None:
    """The conversation that concerns go to; None when this person can't report any."""
    to: str = settings.CONCERNS_TO
    return direct(account, conversations.values(), to) if to in friends else None


def name(
    account: Account, conversations: Mapping[str, Conversation], friends: Mapping[str, Friend], userid: str
) -> str:
    """What somebody is called whom a concern can be about: a friend, or one in a conversation with the person, but
    neither the person nor whom concerns go to. Raises NotTheirsError."""
    if userid not in (account.userid, settings.CONCERNS_TO):
        if userid in friends:
            return plain_name(friends[userid].name) or userid
        for conversation in conversations.values():
            for one in conversation.participants:
                if one.userid == userid:
                    return plain_name(one.username) or userid
    raise NotTheirsError


async def messages(
    account: Account, conversation: Conversation, userid: str, wanted: Sequence[str]
) -> tuple[list[Opened], set[str]]:
    """What can be reported with a concern, in the server's order: somebody's newest messages, and those `wanted`.

    Besides, the ids of those wanted that are not in the conversation, or very far back.
    """
    found: list[Opened] = []
    missing, pages = set(wanted), 0
    async for stretch in history.walk(account, conversation):
        newest, pages = pages == 0, pages + 1
        found = [one for one in stretch.messages if one.sealed.id in wanted or (newest and _by(one, userid))] + found
        missing -= {one.sealed.id for one in stretch.messages}
        if not missing or pages == PAGES:
            break
    return found, missing


def _by(opened: Opened, userid: str) -> bool:
    return opened.message is not None and opened.message.sender == userid


def compose(
    account: Account, where: Conversation | None, *, userid: str, name: str, words: str, chosen: Sequence[Opened]
) -> str:
    """The message in which a concern arrives: about whom, the reporter's words, and the messages they chose."""
    lines = [_("Concern about %(name)s") % {"name": name[:LONGEST_NAME]}, _("User id: %s") % userid, "", words.strip()]
    if where is not None and chosen:
        lines += ["", _("Messages chosen by the reporter:")]
        lines += [line for one in chosen for line in _quoted(account, where, one)]
    text = "\n".join(lines)
    if len(text) <= LONGEST_MESSAGE:
        return text
    cut = "\n" + _("[Cut here: a message can hold no more.]")
    return text[: LONGEST_MESSAGE - len(cut)] + cut


def _quoted(account: Account, conversation: Conversation, opened: Opened) -> list[str]:
    shown = presenting.shown(account, conversation, opened)
    text = opened.message.text if opened.message else _("(This message can't be opened.)")
    heading = f"{shown.created:%Y-%m-%d %H:%M:%S} UTC, {shown.name[:LONGEST_NAME]} ({shown.sender or '?'}):"
    return ["", heading, *(f"> {line}" for line in text.splitlines())]
