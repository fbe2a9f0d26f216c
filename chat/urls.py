from __future__ import annotations

from django.urls import include, path, register_converter

from chat.views import conversations, menu, messages, signins, status


class ConversationId:
    """A conversation's id as it may stand in an address; whose it is, the lookup decides."""

    regex = "[0-9A-Za-z_-]{1,64}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(ConversationId, "conversation")

signin_urls = [
    path("sign-in/", signins.new, name="new"),
    path("sign-out/", signins.end, name="end"),
]
conversation_urls = [
    path("conversations/", conversations.index, name="index"),
    path("conversations/hidden/", menu.hidden, name="hidden"),
    path("conversations/<conversation:id>/", conversations.show, name="show"),
    path("conversations/<conversation:id>/preferences/", menu.preferences, name="preferences"),
    path("conversations/<conversation:id>/clear/", menu.clear, name="clear"),
]
message_urls = [
    path("conversations/<conversation:id>/messages/", messages.index, name="index"),
]

urlpatterns = [
    path("", conversations.index, name="home"),
    path("", include((signin_urls, "signins"))),
    path("", include((conversation_urls, "conversations"))),
    path("", include((message_urls, "messages"))),
    path("livez", status.live, name="live"),
]
