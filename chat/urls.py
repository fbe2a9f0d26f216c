from __future__ import annotations

from django.urls import include, path, register_converter

from chat.views import alerts, conversations, exports, messages, searches, signins, status


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
    path("conversations/<conversation:id>/messages/search/", searches.show, name="search"),
]
export_urls = [
    path("conversations/<conversation:id>/export/", exports.show, name="show"),
]
alert_urls = [
    path("alerts/", alerts.index, name="index"),
    path("alerts/new/", alerts.new, name="new"),
    path("alerts/<uuid:id>/", alerts.show, name="show"),
    path("alerts/<uuid:id>/seen/", alerts.seen, name="seen"),
]

urlpatterns = [
    path("", conversations.index, name="home"),
    path("", include((signin_urls, "signins"))),
    path("", include((conversation_urls, "conversations"))),
    path("", include((message_urls, "messages"))),
    path("", include((export_urls, "exports"))),
    path("", include((alert_urls, "alerts"))),
    path("livez", status.live, name="live"),
]
