from __future__ import annotations

from django.urls import include, path, register_converter

from chat.views import conversations, markers, messages, preferences, reports, signins, status


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
    path("conversations/<conversation:id>/", conversations.show, name="show"),
]
message_urls = [
    path("conversations/<conversation:id>/messages/", messages.index, name="index"),
]
marker_urls = [
    path("conversations/<conversation:id>/read/", markers.update, name="update"),
]
report_urls = [
    path("conversations/<conversation:id>/reports/", reports.create, name="create"),
]
preference_urls = [
    path("preferences/", preferences.index, name="index"),
]

urlpatterns = [
    path("", conversations.index, name="home"),
    path("", include((signin_urls, "signins"))),
    path("", include((conversation_urls, "conversations"))),
    path("", include((message_urls, "messages"))),
    path("", include((marker_urls, "markers"))),
    path("", include((report_urls, "reports"))),
    path("", include((preference_urls, "preferences"))),
    path("livez", status.live, name="live"),
]
