"""The 19 calls, without any input or output: a builder for each, and `decipher` for what comes back.

What a call sends is what its page prints, in that order.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from chat.ozeki import replies
from chat.ozeki.addresses import endpoints, listener_url
from chat.ozeki.dialect import Paging
from chat.ozeki.envelope import Anchor, Call, Caller, body, decipher, signed
from chat.ozeki.errors import SignInRefused
from chat.ozeki.models import Blocklist, Conversation, Friend, Login, Notices, Page, Sealed
from chat.ozeki.wire import compact, format_time, parse_time

__all__ = [
    "Anchor",
    "Call",
    "Caller",
    "add",
    "availability",
    "blocklist",
    "clear",
    "conversations",
    "decipher",
    "download",
    "endpoints",
    "favorite",
    "format_time",
    "friends",
    "hide",
    "listener_url",
    "login",
    "mute",
    "notification",
    "parse_time",
    "partial_download",
    "register_workspace",
    "report",
    "set_color",
    "unfavorite",
    "unhide",
    "unmute",
]

CONVERSATION = "chatconversation"


class Dated(Protocol):
    """Anything with an id and an aware `created`: a message, sealed or opened."""

    @property
    def id(self) -> str: ...
    @property
    def created(self) -> datetime: ...


def login(*, station: str, apikey: str) -> Call[Login]:
    """Sign in (p_7105). Its key says who: there is no user name, no signature, no timestamp."""
    content = compact({"action": "login", "apikey": apikey}).encode()
    headers = {"Content-Type": "application/json", "Ozeki-Station": station}
    return Call(
        "Login", "chatserver", "chatlogin", headers, content, replies.login, repeatable=False, refusal=SignInRefused
    )


def availability(caller: Caller, action: str) -> Call[None]:
    """Say that the caller is available (p_7106), or what else the dialect knows."""
    return signed(caller, "Availability", "chatavailability", action, {}, replies.nothing)


def friends(caller: Caller) -> Call[tuple[Friend, ...]]:
    """Ask for the caller's friends, their keys and whether they are there (p_7201)."""
    return signed(caller, "Friends / List", "chatfriends", "list", {}, replies.friends, repeatable=True)


def report(caller: Caller, conversation: Conversation, messages: Sequence[Dated]) -> Call[None]:
    """Say that the caller has viewed these messages (p_8036). Raises ValueError when there are none."""
    dates = [message.created for message in messages]
    fields = {
        "conversationid": conversation.id,
        "instance": conversation.instance,
        "firstmessagedate": format_time(min(dates)),
        "lastmessagedate": format_time(max(dates)),
        "messageids": [message.id for message in messages],
    }
    return signed(caller, "Report", "chatreports", "viewed", fields, replies.nothing)


def notification(station: str) -> Call[Notices]:
    """Ask what changed since this station last asked (p_8037).

    Not repeatable: the server forgets what it has told, so a second answer hides that the first was lost. Whether it
    answers at once or once there is something to tell is unknown (reference, part 14).
    """
    content = body("download", format_time(datetime.now(UTC)), {})
    headers = {"Content-Type": "application/json", "Ozeki-Station": station}
    return Call(
        "Notification", "chatserver", "chatnotification", headers, content, replies.notices, repeatable=False, held=True
    )


def conversations(caller: Caller) -> Call[tuple[Conversation, ...]]:
    """Ask for all of the caller's conversations (p_7202)."""
    return signed(caller, "Conversation / List", CONVERSATION, "list", {}, replies.conversations, repeatable=True)


def partial_download(
    caller: Caller, conversation: Conversation, *, before: Anchor | None, paging: Paging, limit: int = 50
) -> Call[Page]:
    """Ask for at most `limit` messages older than the anchor (p_8072); None: the newest, `paging` says how to ask."""
    if before is None and paging.first == "now":
        # A stamp has whole seconds: what was said in this one is older than the next.
        now = datetime.now(UTC) + timedelta(seconds=1)
        before = Anchor(now, conversation.lastmessageid, now, conversation.lastreportid)
    omitted = before is None and paging.first == "omit"
    fields = {
        **_identity(conversation),
        **({} if omitted else (before or Anchor(None, "")).fields("last")),
        "limit": limit,
    }
    return signed(caller, "Partial download", CONVERSATION, "downloadpartial", fields, replies.page, repeatable=True)


def add(caller: Caller, conversation: Conversation, message: Sealed) -> Call[None]:
    """Send a message (p_8073). The server echoes it without `Data`: nothing new, so nothing is returned."""
    inner = {
        "ID": message.id,
        "Type": message.type,
        "Created": format_time(message.created),
        "ValidUntil": format_time(message.validuntil),
        "Data": message.data,
    }
    fields = {**_identity(conversation), "message": compact(inner)}  # p_8073: JSON, as a string inside the JSON
    return signed(caller, "Add", CONVERSATION, "add", fields, replies.nothing)


def clear(caller: Caller, conversation: Conversation) -> Call[Conversation]:
    """Delete everything in the conversation, for everyone (p_4857). The reply has a new `instance`."""
    return signed(caller, "Clear", CONVERSATION, "clear", _identity(conversation), replies.conversation)


def favorite(caller: Caller, conversation: Conversation) -> Call[Conversation]:
    """Keep the conversation at the top of the caller's list (p_4858)."""
    return _change(caller, conversation, "Favorite", "favorite")


def unfavorite(caller: Caller, conversation: Conversation) -> Call[Conversation]:
    """Undo `favorite` (p_4859)."""
    return _change(caller, conversation, "Unfavorite", "unfavorite")


def set_color(caller: Caller, conversation: Conversation, color: str) -> Call[Conversation]:
    """Give the conversation's row a background, `#rrggbb` (p_4860). The page's reply still has the old one."""
    fields = {"conversationid": conversation.id, "color": color}
    return signed(caller, "Change color", CONVERSATION, "setlistitembackgroundcolor", fields, replies.conversation)


def download(caller: Caller, conversation: Conversation, *, since: Anchor) -> Call[Page]:
    """Ask for the anchor itself and everything newer (p_4861)."""
    fields = {**_identity(conversation), **since.fields("first")}
    return signed(caller, "Download", CONVERSATION, "download", fields, replies.page, repeatable=True)


def mute(caller: Caller, conversation: Conversation) -> Call[Conversation]:
    """Let the conversation make no noise for the caller (p_4862)."""
    return _change(caller, conversation, "Mute", "mute")


def unmute(caller: Caller, conversation: Conversation) -> Call[Conversation]:
    """Undo `mute` (p_4863)."""
    return _change(caller, conversation, "Unmute", "unmute")


def hide(caller: Caller, conversation: Conversation, hideid: str) -> Call[Conversation]:
    """Take the conversation out of the caller's list (p_4864). `hideid`: the dialect's `hide.id`, filled in."""
    fields = {"conversationid": conversation.id, "hideid": hideid}
    return signed(caller, "Hide", CONVERSATION, "hide", fields, replies.conversation)


def unhide(caller: Caller, conversation: Conversation) -> Call[Conversation]:
    """Undo `hide` (p_4865)."""
    return _change(caller, conversation, "Unhide", "unhide")


def blocklist(caller: Caller) -> Call[Blocklist]:
    """Ask for the hidden users and conversations (p_4866)."""
    return signed(caller, "Blocklist", "chatblocklist", "blocklist", {}, replies.blocklist, repeatable=True)


def register_workspace(caller: Caller, name: str) -> Call[None]:
    """Register a workspace, "alice.ozeki.chat" (p_4974). No station, and no timestamp in the body or the signature."""
    content = compact({"action": "workspaceregister", "workspacename": name}).encode()
    headers = {
        "Content-Type": "application/json",
        "Ozeki-User": caller.userid,
        "Ozeki-Signature": caller.sign("", content),
    }
    return Call("Workspace register", "chatowner", "workspace", headers, content, replies.nothing, repeatable=False)


def _identity(conversation: Conversation) -> dict[str, str]:
    return {"conversationid": conversation.id, "instance": conversation.instance}


def _change(caller: Caller, conversation: Conversation, name: str, action: str) -> Call[Conversation]:
    return signed(caller, name, CONVERSATION, action, {"conversationid": conversation.id}, replies.conversation)
