"""The browsers of tests/chat, for processes that are broken on purpose."""

from __future__ import annotations

from tests.chat.conftest import browser, visit, world

__all__ = ["browser", "visit", "world"]
