"""A browser's tab in Python: it speaks HTTP and /live/ as static/js does, by itself, while a test does something else.

What it keeps and does follows the modules there, each file of here those that it names: a mistake that only one of the
two makes shows where the same walk is taken in a real browser. What a module there tells another one by an event is a
call here, by way of the tab that both are in.
"""

from __future__ import annotations

from tests.tab.background import Background
from tests.tab.browser import Browser
from tests.tab.outbox import Entry
from tests.tab.page import Row
from tests.tab.tab import View

__all__ = ["Background", "Browser", "Entry", "Row", "View"]
