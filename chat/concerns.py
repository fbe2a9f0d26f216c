"""Reporting a concern about somebody: a message to whom `CONCERNS_TO` names, in the conversation with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.conf import settings
from django.utils.translation import gettext as _

from chat import history, presenting
from chat.account import Account
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


def people(account: Account, conversations: Iterable[Conversation], friends: Iterable[Friend] = ()) -> dict[str, str]:
    """Whom a concern can be about: userid → name of who is in these conversations, and of these friends, but neither
    of the person nor of whom concerns go to."""
    names = {one.userid: one.username for conversation in conversations for one in conversation.participants}
    names |= {friend.userid: friend.name for friend in friends}
    nobody = (account.userid, settings.CONCERNS_TO)
    return {userid: plain_name(name) or userid for userid, name in names.items() if userid not in nobody}


def possible(account: Account, conversation: Conversation, friends: Mapping[str, Friend]) -> bool:
    """Whether the person can report a concern about somebody in a conversation."""
    return recipient(account, account.known, friends) is not None and bool(people(account, [conversation]))


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
        found = [one for one in stretch.messages if one.sealed.id in wanted or (newest and one.is_by(userid))] + found
        missing -= {one.sealed.id for one in stretch.messages}
        if not missing or pages == PAGES:
            break
    return found, missing


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
