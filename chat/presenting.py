"""What pages show of conversations and messages: plain values for templates, no ciphertext and no Ozeki words."""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from chat.account import Account
from chat.emoji import is_emoji
from chat.keyring import Opened
from chat.ozeki.dialect import fill
from chat.ozeki.models import WHITE, Conversation, Friend
from chat.presence import presence
from chat.rendering import initials, is_long, message_html, plain_name

HUES = 12
TEXTS_KEPT, LONGEST_TEXT_KEPT = 2_000, 4_000  # characters: at most some 10 MB in all


@dataclass(frozen=True, slots=True)
class Row:
    """A conversation in the sidebar. It needs no decryption. `partner` is the other one in a conversation of two."""

    id: str
    instance: str
    title: str
    group: bool
    partner: str
    presence: str
    favorite: bool
    muted: bool
    unread: str
    color: str
    hidden: bool
    order: int
    newest: str
    initials: str
    hue: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A message on a page. `html` is empty when it is locked, and `cause` says why."""

    id: str
    conversation: str
    sender: str
    name: str
    own: bool
    created: datetime
    expires: datetime
    state: str
    seen: str
    html: SafeString
    emoji: bool
    long: bool
    cause: str
    initials: str
    hue: str

    @property
    def iso_created(self) -> str:
        """`created` as `data-created` carries it."""
        return iso(self.created)

    @property
    def iso_expires(self) -> str:
        """`expires` as `data-expires` carries it."""
        return iso(self.expires)


def iso(moment: datetime) -> str:
    """A moment in UTC as pages and addresses carry it: 2026-11-22T19:44:57Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def hue(id: str) -> str:
    """One of twelve colours by its number, always the same for the same id."""
    return str(zlib.crc32(id.encode()) % HUES)


def title(account: Account, conversation: Conversation) -> str:
    """What a conversation is called: the other participants' names."""
    return ", ".join(others(account, conversation)) or _("Only you")


def others(account: Account, conversation: Conversation) -> list[str]:
    """The names of the other participants."""
    usernames = {one.userid: one.username for one in conversation.participants}
    ids = dict.fromkeys((*usernames, *conversation.participantids))
    return [_called(account, id, usernames.get(id, "")) for id in ids if id != account.userid]


def _called(account: Account, userid: str, username: str) -> str:
    """A participant's name. Who has none in the conversation may have one elsewhere, and has an id."""
    friend = account.known_friends.get(userid)
    elsewhere = account.nick if userid == account.userid else friend.name if friend else ""
    return plain_name(username) or plain_name(elsewhere) or userid


def row(account: Account, conversation: Conversation, friends: Mapping[str, Friend]) -> Row:
    """A conversation as its sidebar row."""
    mine = conversation.preferences_of(account.userid)
    others = [userid for userid in conversation.participantids if userid != account.userid]
    partner = others[0] if len(others) == 1 and not conversation.isgroup else ""
    name = title(account, conversation)
    return Row(
        id=conversation.id,
        instance=conversation.instance,
        title=name,
        group=conversation.isgroup,
        partner=partner,
        presence=presence(friends[partner]) if partner in friends else "",
        favorite=mine.isfavorite,
        muted=mine.ismuted,
        unread=account.unread.get((conversation.id, conversation.instance), ""),
        color="" if mine.color == WHITE else mine.color,
        hidden=hidden(account, conversation),
        order=conversation.lastaccess,
        newest=conversation.lastmessageid,
        initials=initials(name),
        hue=hue(partner or conversation.id),
    )


def rows(account: Account, conversations: Iterable[Conversation], friends: Mapping[str, Friend]) -> list[Row]:
    """The sidebar: favourites first, then by last message, hidden ones left out."""
    everything = (row(account, one, friends) for one in conversations)
    return sorted((one for one in everything if not one.hidden), key=lambda one: (not one.favorite, -one.order))


def hidden(account: Account, conversation: Conversation) -> bool:
    """Whether the person hid a conversation and nothing has come since, by the dialect's form of `hideid` (p_4864)."""
    mark = conversation.preferences_of(account.userid).hideid
    return account.userid in conversation.hiddenby or (bool(mark) and mark == hide_mark(account, conversation))


def hide_mark(account: Account, conversation: Conversation) -> str:
    """The `hideid` that hides a conversation as it stands."""
    names = {"instance": conversation.instance, "lastmessageid": conversation.lastmessageid}
    return fill(account.dialect.hide.id, names)


def folded(text: str) -> str:
    """`text` without case and accents, for filters."""
    return folded_letter(text).strip()


def folded_letter(text: str) -> str:
    """As `folded`, blanks and all: a text folds to what its letters fold to, one after another."""
    if text.isascii():
        return text.lower()  # the same, and much quicker
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def shown(account: Account, conversation: Conversation, opened: Opened) -> Shown:
    """A message as a page shows it. Its sender is a claim: one who is no participant is called unknown."""
    message = opened.message
    sender = message.sender if message and message.sender in conversation.participantids else None
    own = sender == account.userid
    username = next((one.username for one in conversation.participants if one.userid == sender), "")
    name = _called(account, sender, username) if sender else _("Unknown sender")
    text = message.text if message else ""
    state = account.receipts(conversation).states.get(opened.sealed.id, "sent") if own else "sent"
    return Shown(
        id=opened.sealed.id,
        conversation=conversation.id,
        sender=sender or "",
        name=name,
        own=own,
        created=opened.sealed.created,
        expires=opened.sealed.validuntil,
        state=state if message else "locked",
        seen=seen_by(account, conversation, opened.sealed.id) if own else "",
        html=(_html if len(text) <= LONGEST_TEXT_KEPT else message_html)(text),
        emoji=is_emoji(text),
        long=is_long(text),
        cause=_(opened.cause),
        initials=initials(name) if sender else "?",
        hue=hue(sender or ""),
    )


def seen_by(account: Account, conversation: Conversation, id: str) -> str:
    """Who has viewed a message of a group, in words; "" as long as nobody has, and where there is but one partner."""
    usernames = {one.userid: one.username for one in conversation.participants}
    viewers = account.receipts(conversation).viewers.get(id, ())
    theirs = [userid for userid in viewers if userid in conversation.participantids]
    words = ", ".join(_called(account, userid, usernames.get(userid, "")) for userid in theirs)
    return _("Seen by %(names)s") % {"names": words} if words and conversation.isgroup else ""


def seen(account: Account, conversation: Conversation, ids: Iterable[str]) -> dict[str, str]:
    """`seen_by` for those of these messages that somebody has viewed."""
    return {id: words for id in ids if (words := seen_by(account, conversation, id))}


_html = lru_cache(maxsize=TEXTS_KEPT)(message_html)


def forget_texts() -> None:
    """Keep no text of a message that was rendered before."""
    _html.cache_clear()
