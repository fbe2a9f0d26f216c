from __future__ import annotations

from django.urls import include, path, register_converter

from chat.ozeki import wire
from chat.views import (
    alerts,
    availability,
    clearing,
    concerns,
    conversation_preferences,
    conversations,
    exports,
    hidden,
    installation,
    markers,
    messages,
    monitoring,
    notices,
    outbox,
    people,
    preferences,
    reports,
    searches,
    shortcuts,
    signins,
    status,
    workspaces,
)


class ConversationId:
    """A conversation's id as it may stand in an address; whose it is, the lookup decides."""

    regex = wire.ID.pattern

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
    path("conversations/hidden/", hidden.index, name="hidden"),
    path("conversations/<conversation:id>/", conversations.show, name="show"),
    path("conversations/<conversation:id>/preferences/", conversation_preferences.index, name="preferences"),
    path("conversations/<conversation:id>/clear/", clearing.new, name="clear"),
]
message_urls = [
    path("conversations/<conversation:id>/messages/", messages.index, name="index"),
    path("conversations/<conversation:id>/messages/search/", searches.show, name="search"),
]
outbox_urls = [
    path("outbox/", outbox.index, name="index"),
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
shortcut_urls = [
    path("shortcuts/", shortcuts.index, name="index"),
]
workspace_urls = [
    path("workspaces/new/", workspaces.new, name="new"),
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
notice_urls = [
    path("conversations/<conversation:id>/notice/", notices.show, name="show"),
]
installation_urls = [
    path("manifest.webmanifest", installation.manifest, name="manifest"),
    path("service-worker.js", installation.worker, name="worker"),
    path("offline/", installation.offline, name="offline"),
]
status_urls = [
    path("status/", status.index, name="index"),
]

urlpatterns = [
    path("", conversations.index, name="home"),
    path("", include((signin_urls, "signins"))),
    path("", include((conversation_urls, "conversations"))),
    path("", include((message_urls, "messages"))),
    path("", include((outbox_urls, "outbox"))),
    path("", include((export_urls, "exports"))),
    path("", include((alert_urls, "alerts"))),
    path("", include((people_urls, "people"))),
    path("", include((availability_urls, "availability"))),
    path("", include((concern_urls, "concerns"))),
    path("", include((shortcut_urls, "shortcuts"))),
    path("", include((workspace_urls, "workspaces"))),
    path("", include((marker_urls, "markers"))),
    path("", include((report_urls, "reports"))),
    path("", include((preference_urls, "preferences"))),
    path("", include((notice_urls, "notices"))),
    path("", include((installation_urls, "installation"))),
    path("", include((status_urls, "status"))),
    path("livez", monitoring.live, name="live"),
    path("readyz", monitoring.ready, name="ready"),
    path("metrics", monitoring.measured, name="metrics"),
]
