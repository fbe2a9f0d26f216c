from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from chat.portal import Portal


class ChatConfig(AppConfig):
    """The app, and with `portal` the one thing this process holds on to."""

    name = "chat"

    def ready(self) -> None:
        from chat import checks  # noqa: F401 - registers them

    @cached_property
    def portal(self) -> Portal:
        """What this process has open, made from the settings when it is first needed."""
        from chat.portal import Portal

        return Portal.from_settings()
