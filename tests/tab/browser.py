"""A person's browser: what its tabs have in common."""

from __future__ import annotations

import asyncio
from collections import defaultdict

from tests.processes import Person, Portal
from tests.proxy import Proxy
from tests.tab.background import Background
from tests.tab.outbox import Entry
from tests.tab.tab import Tab
from tests.visitor import Visitor


class Browser:
    """A sign-in, what is stored, and tabs. All its tabs reach the portal by way of `line`."""

    def __init__(self, background: Background, portal: Portal, person: Person, line: Proxy) -> None:
        self.background, self.portal, self.person, self.line = background, portal, person, line
        self.visitor = Visitor(portal)
        answer = self.visitor.sign_in(person)
        assert answer.status == 303, f"{person.email} can't sign in: {answer.status}"
        self.cookies = "; ".join(f"{each.name}={each.value}" for each in self.visitor.http.cookies.jar)
        self.tabs: list[Tab] = []
        self.locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._outbox: dict[str, Entry] = {}

    def open(self, conversation: str) -> Tab:
        """Open a tab, and wait for its page."""
        tab = Tab(self, conversation)
        self.tabs.append(tab)
        tab.reload()
        return tab

    def close(self) -> None:
        """Close every tab, and sign out."""
        for tab in list(self.tabs):
            tab.close()
        self.visitor.close()

    # What tabs share

    def entry(self, id: str) -> Entry | None:
        return self._outbox.get(id)

    def entries(self, conversation: str | None = None) -> list[Entry]:
        """What is not sent yet, in the order it was written."""
        entries = sorted(self._outbox.values(), key=lambda entry: entry.at)
        return [entry for entry in entries if conversation in (None, entry.conversation)]

    def store(self, entry: Entry, by: Tab) -> None:
        """Keep an entry; the other tabs hear of it."""
        self._outbox[entry.id] = entry
        for tab in self.tabs:
            if tab is not by:
                tab.outbox.take_over(entry)

    def forget(self, id: str) -> None:
        """A message was sent; the tabs hear that from the server."""
        self._outbox.pop(id, None)
