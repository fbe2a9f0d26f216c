from __future__ import annotations

from django.urls import include, path, register_converter

from chat.views import availability, concerns, conversations, messages, people, signins, status, workspaces


class ConversationId:
    """A conversation's id as it may stand in an address; whose it is, the lookup decides."""

    regex = "[0-9A-Za-z_-]{1,64}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class UserId(ConversationId):
    """A person's id as it may stand in an address."""


register_converter(ConversationId, "conversation")
register_converter(UserId, "userid")

signin_urls = [
    path("sign-in/", signins.new, name="new"),
    path("sign-out/", signins.end, name="end"),
    path("sign-ins/", signins.index, name="index"),
]
conversation_urls = [
    path("conversations/", conversations.index, name="index"),
    path("conversations/<conversation:id>/", conversations.show, name="show"),
]
message_urls = [
    path("conversations/<conversation:id>/messages/", messages.index, name="index"),
]
people_urls = [
    path("people/", people.index, name="index"),
    path("people/<userid:userid>/", people.show, name="show"),
]
availability_urls = [
    path("availability/", availability.update, name="update"),
]
concern_urls = [
    path("concerns/new/", concerns.new, name="new"),
]
workspace_urls = [
    path("workspaces/new/", workspaces.new, name="new"),
]

urlpatterns = [
    path("", conversations.index, name="home"),
    path("", include((signin_urls, "signins"))),
    path("", include((conversation_urls, "conversations"))),
    path("", include((message_urls, "messages"))),
    path("", include((people_urls, "people"))),
    path("", include((availability_urls, "availability"))),
    path("", include((concern_urls, "concerns"))),
    path("", include((workspace_urls, "workspaces"))),
    path("livez", status.live, name="live"),
]
