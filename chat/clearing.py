"""Clearing a conversation: for everybody in it, and for good."""

from __future__ import annotations

from chat.account import Account
from chat.ozeki import protocol
from chat.ozeki.errors import StaleConversation
from chat.ozeki.models import Conversation


async def clear(account: Account, conversation: Conversation) -> Conversation:
    """Delete all messages of a conversation, for everybody in it (p_4857); the conversation as it begins anew.

    One that another device cleared in the meantime is cleared once more, for what came since. Raises StaleConversation
    when that happens twice.
    """
    try:
        return await _clear(account, conversation)
    except StaleConversation:
        return await _clear(account, await account.conversation(conversation.id))


async def _clear(account: Account, conversation: Conversation) -> Conversation:
    return await account.change(lambda caller: protocol.clear(caller, conversation), about=conversation)
