"""A browser's tab in Python: it speaks HTTP and /live/ as static/js does, by itself, while a test does something else.

What it keeps and does follows the modules there, name by name: `live.js`, `models/outbox.js`, `models/rows.js`,
`models/kept.js`, `models/reading.js`, `elements/message-list.js`, `elements/conversation-list.js`. A mistake that only
one of the two makes shows where the same walk is taken in a real browser.
"""

from __future__ import annotations

import asyncio
import json
import random
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Coroutine, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from tests.processes import Person, Portal
from tests.proxy import Proxy
from tests.visitor import Document, Frame, Message, Visitor, messages

T = TypeVar("T")

# Seconds, all of them much shorter than a browser's.
PING, ANSWER = 1.0, 2.0
FIRST_DELAY, LONGEST_DELAY = 0.05, 1.0
REQUEST_LIMIT = 20.0
MOMENT = 0.3
LOST = (OSError, TimeoutError, WebSocketException, httpx.HTTPError)


class Background:
    """An event loop in a thread of its own. A context manager."""

    def __enter__(self) -> Self:
        self.faults: list[BaseException] = []  # of what went on by itself
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="tabs", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Do this there and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)


@dataclass
class Row:
    """A message as a tab shows it."""

    id: str
    sender: str
    text: str
    state: str

    @property
    def on_its_way(self) -> bool:
        return self.state in ("pending", "failed")


@dataclass
class Place:
    """A conversation in the sidebar."""

    order: int
    favorite: bool
    unread: str


@dataclass
class Pane:
    """A conversation as a tab shows it. `older`: something may be before its first row."""

    conversation: str
    instance: str
    rows: list[Row]
    older: str = ""
    told: set[str] = field(default_factory=set)

    def row(self, id: str) -> Row | None:
        return next((row for row in self.rows if row.id == id), None)

    def held(self, id: str) -> Row | None:
        row = self.row(id)
        return row if row and not row.on_its_way else None

    @property
    def settled(self) -> list[Row]:
        return [row for row in self.rows if not row.on_its_way]

    def place(self, fresh: dict[str, Row], ids: Iterable[str]) -> None:
        """Put rows in the order given; those that are known change where they stand."""
        copies = [row for row in self.rows if row.on_its_way and row.id not in fresh]
        for id, row in fresh.items():
            known = self.row(id)
            if known is not None:
                copied = known.on_its_way
                known.sender, known.text, known.state = row.sender, row.text, row.state
                if copied and any(self._at(copy) < self._at(known) for copy in copies):
                    self._remove(known)
                    self._append(known, copies)
            else:
                self._append(row, copies)
        following: Row | None = None
        for row in reversed([row for id in ids if (row := self.row(id)) and row not in copies]):
            if self._after(row, copies) is not following:
                self._remove(row)
                if following is None:
                    self._append(row, copies)
                else:
                    self.rows.insert(self._at(following), row)
            following = row

    def _append(self, row: Row, copies: list[Row]) -> None:
        self.rows.insert(self._at(copies[0]) if copies else len(self.rows), row)

    def _after(self, row: Row, copies: list[Row]) -> Row | None:
        rest = self.rows[self._at(row) + 1 :]
        return rest[0] if rest and rest[0] not in copies else None

    def _at(self, wanted: Row) -> int:
        return next(at for at, row in enumerate(self.rows) if row is wanted)

    def _remove(self, row: Row) -> None:
        del self.rows[self._at(row)]

    def remove(self, id: str) -> None:
        self.rows = [row for row in self.rows if row.id != id]


@dataclass(frozen=True)
class Entry:
    """A message on its way, as the browser's storage keeps it. `unknown`: nobody can say what became of it."""

    id: str
    conversation: str
    text: str
    at: float
    state: str = "pending"
    unknown: bool = False
    lost: bool = False


@dataclass(frozen=True)
class View:
    """What a person sees in a tab.

    `loaded`: it has a page at all; `busy`: something was asked for; `rows`: what the server has, `copies`: what is on
    its way; `list`: the conversations from the top, with their numbers; `whole`: nothing is before the first row.
    """

    loaded: bool
    busy: bool
    live: bool
    conversation: str
    rows: tuple[Row, ...]
    copies: tuple[Row, ...]
    list: tuple[tuple[str, str], ...]
    whole: bool


class Browser:
    """A person's browser: a sign-in, what is stored, and tabs. All its tabs reach the portal by way of `line`."""

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
                tab.take_over(entry)

    def forget(self, id: str) -> None:
        """A message was sent; the tabs hear that from the server."""
        self._outbox.pop(id, None)


class Tab:
    """One tab. Its methods return when what a person does there is done; what follows goes on by itself."""

    def __init__(self, browser: Browser, conversation: str) -> None:
        self.browser = browser
        self.wanted = conversation
        self.userid = browser.person.userid
        self._awake = asyncio.Event()
        self._awake.set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._line: asyncio.Task[None] | None = None
        self._navigation: asyncio.Task[None] | None = None
        self._forget_page()
        headers = {"Host": urlsplit(browser.portal.url).netloc, "Origin": browser.portal.url}
        self._http = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{browser.line.port}",
            headers=headers | {"Cookie": browser.cookies},
            timeout=REQUEST_LIMIT,
            trust_env=False,
            verify=False,  # what would be verified is loaded at some cost
        )

    def _forget_page(self) -> None:
        self.epoch, self.n, self.signin, self.csrf = "", 0, "", ""
        self.upstream = "on"
        self.pane: Pane | None = None
        self.sidebar: dict[str, Place] = {}
        self._kept: dict[str, Pane] = {}
        self._deaf = ""
        self._draining: set[str] = set()
        self._told: str | None = None
        self._since: int | None = None
        self._forget_line()

    def _forget_line(self) -> None:
        self.live = False
        self._socket: ClientConnection | None = None
        self._resuming = False
        self._unhealed: Frame | None = None

    # What a person does

    def say(self, text: str) -> str:
        """Write and press Enter; the message's id."""
        return self.browser.background.do(self._say(text))

    def show(self, conversation: str) -> None:
        """Click on a conversation in the list."""
        self._begin(self._show(conversation))

    def read(self) -> None:
        """Look at what there is, for a second."""
        self._begin(self._read())

    def scroll_up(self) -> None:
        """To the first message."""
        self._begin(self._scroll_up())

    def retry(self) -> None:
        """Press every *Retry* there is."""
        self._begin(self._retry_all())

    def post(self, path: str, form: dict[str, str]) -> int | None:
        """Send a form of one of the menus; the answer's status, None if none has come yet."""
        return self._begin(self._post_form(path, form))

    def sleep(self) -> None:
        """Close the lid: nothing is read or done here until `wake`."""
        self._begin(self._sleep())

    def wake(self) -> None:
        self._begin(self._wake())

    def reload(self) -> None:
        self.browser.background.do(self._reload())

    def close(self) -> None:
        self.browser.tabs.remove(self)
        self.browser.background.do(self._close())

    def view(self) -> View:
        return self.browser.background.do(self._view())

    def _begin(self, work: Coroutine[Any, Any, T]) -> T | None:
        """Nobody waits longer than a moment for what was clicked."""
        return self.browser.background.do(self._wait_a_moment(work))

    async def _wait_a_moment(self, work: Coroutine[Any, Any, T]) -> T | None:
        task = self._spawn(work)
        await asyncio.wait([task], timeout=MOMENT)
        return task.result() if task.done() and not task.cancelled() else None

    async def _view(self) -> View:
        pane = self.pane or Pane(self.wanted, "", [])
        places = sorted(self.sidebar.items(), key=lambda each: (not each[1].favorite, -each[1].order))
        return View(
            loaded=self.pane is not None,
            busy=bool(self._tasks),
            live=self.live,
            conversation=pane.conversation,
            rows=tuple(replace(row) for row in pane.settled),
            copies=tuple(replace(row) for row in pane.rows if row.on_its_way),
            list=tuple((id, place.unread) for id, place in places),
            whole=not pane.older,
        )

    # The page

    async def _reload(self) -> None:
        self._leave()
        await self._wait_a_moment(self._load())

    async def _load(self) -> None:
        with suppress(*LOST):
            answer = await self._request(f"/conversations/{self.wanted}/", whole=True)
            if answer.status_code == 200:
                self._start(Document(answer.text))

    def _start(self, document: Document) -> None:
        root = document.one("html")
        self.epoch, self.n, self.signin = root["data-epoch"], int(root["data-n"]), root["data-signin"]
        self.csrf = document.one("body")["data-csrf"]
        self.sidebar, self.pane = _places(document), _pane(document)
        self._line = asyncio.create_task(self._keep_line())
        self._line.add_done_callback(self._done)
        self._open_outbox()

    def _leave(self) -> None:
        for task in (*self._tasks, *filter(None, [self._line])):
            task.cancel()
        self._tasks, self._line = set(), None
        self._forget_page()

    async def _sleep(self) -> None:
        self._awake.clear()

    async def _wake(self) -> None:
        self._awake.set()
        await self._resume(self.n)

    async def _close(self) -> None:
        ending = [*self._tasks, *filter(None, [self._line])]
        self._leave()
        await asyncio.gather(*ending, return_exceptions=True)
        await self._http.aclose()

    def _spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            self.browser.background.faults.append(fault)

    async def _request(self, path: str, form: dict[str, Any] | None = None, *, whole: bool = False) -> httpx.Response:
        """Raises one of LOST when there is no answer at all."""
        await self._awake.wait()
        headers = {} if whole else {"HX-Request": "true"}
        if form is None:
            return await self._http.get(path, headers=headers)
        return await self._http.post(path, data=form, headers=headers | {"X-CSRFToken": self.csrf})

    # live.js

    async def _keep_line(self) -> None:
        attempt = 0
        while self._line is asyncio.current_task():  # `wait_for` may swallow that it was cancelled
            await self._awake.wait()
            try:
                await self._hear()
            except ConnectionClosed as closed:
                assert closed.rcvd is None or closed.rcvd.code != 4401, "nobody signs out in a walk"
            except LOST:
                pass
            attempt = 0 if self.live else attempt + 1
            self._forget_line()
            await asyncio.sleep(min(LONGEST_DELAY, FIRST_DELAY * 2**attempt) * random.uniform(0.5, 1.0))

    async def _hear(self) -> None:
        """Connect, and do what comes, until the line is lost: that raises."""
        address = urlsplit(self.browser.portal.url).netloc
        async with connect(
            f"ws://{address}/live/",
            host="127.0.0.1",
            port=self.browser.line.port,
            origin=self.browser.portal.url,  # type: ignore[arg-type]
            additional_headers={"Cookie": self.browser.cookies},
            proxy=None,
            open_timeout=ANSWER,
            ping_interval=None,
            close_timeout=0.1,
        ) as socket:
            self._socket = socket
            self._told = self.pane.conversation if self.pane else None
            seen = {"epoch": self.epoch, "n": self.n, "conversation": self._told, "visible": True}
            await self._send({"type": "hello", **seen})
            while True:
                frame = json.loads(await self._frame(socket))
                await self._awake.wait()
                if socket is not self._socket:
                    return  # another page is here by now
                await self._handle(frame)

    async def _frame(self, socket: ClientConnection) -> str | bytes:
        try:
            return await asyncio.wait_for(socket.recv(), PING)
        except TimeoutError:
            await self._awake.wait()
            if self._resuming:
                raise
        await self._send({"type": "ping"})
        return await asyncio.wait_for(socket.recv(), ANSWER)

    async def _resume(self, n: int) -> None:
        await self._send({"type": "resume", "epoch": self.epoch, "n": n})

    async def _send(self, frame: Frame) -> None:
        if self._socket is not None:
            with suppress(ConnectionClosed):  # whoever reads hears of it
                await self._socket.send(json.dumps(frame))

    async def _handle(self, frame: Frame) -> None:
        match frame["type"]:
            case "welcome":
                assert frame["signin"] == self.signin, "nobody signs in again in a walk"
            case "pong" | "alerts" | "preferences":
                return
            case "rows":
                self._apply(frame)
                return
            case "event":
                await self._event(frame)
                return
            case "resync":
                self._unhealed = frame
        self.upstream = frame.get("upstream") or frame.get("state") or self.upstream
        if self._unhealed is not None:
            await self._heal(self._unhealed)
        if frame["type"] != "welcome" or frame["epoch"] == self.epoch:
            self._become_live()

    async def _event(self, frame: Frame) -> None:
        if frame["n"] > self.n + 1:
            if not self._resuming:
                await self._resume(self.n)
            self._resuming = True
            return
        again = frame["n"] <= self.n  # counted already: here for the messages of a conversation shown since
        if not again:
            self._apply(frame)
        self._arrive(frame)
        pane = self.pane
        cleared = bool(pane and frame.get("reset") and frame.get("conversation") == pane.conversation)
        await self._refetch(list=bool(frame.get("sidebar")) and not again, conversation=cleared)
        if not again:
            self.n = frame["n"]
            self._resuming = False

    async def _heal(self, frame: Frame) -> None:
        try:
            await self._refetch(list=True, conversation=True)
        except LOST:
            if self.upstream == "on":
                raise
            return
        self._unhealed = None
        self.epoch, self.n = frame["epoch"], frame["n"]
        self._resuming = False
        await self._send({"type": "healed"})

    async def _refetch(self, *, list: bool, conversation: bool) -> None:
        id = self.pane.conversation if self.pane and conversation else None
        wanted = ["/conversations/" if list else None, f"/conversations/{id}/" if id else None]
        rows, pane = await asyncio.gather(*map(self._fragment, wanted))
        if rows is not None:
            self.sidebar = _places(rows)
            self._kept.clear()
        if pane is not None:
            self._refresh(_pane(pane))

    async def _fragment(self, path: str | None) -> Document | None:
        """None: there is nothing to ask for, or it is no longer ours to see."""
        if path is None:
            return None
        answer = await self._request(path)
        if answer.status_code in (403, 404):
            return None
        if answer.status_code != 200:
            raise httpx.HTTPError(f"{path}: {answer.status_code}")
        return Document(answer.text)

    def _become_live(self) -> None:
        back, self.live = not self.live, True
        if self._deaf and self.pane and self._deaf == self.pane.conversation:
            self._spawn(self._catch_up(self._deaf))
        if back:
            self._follow()

    # elements/conversation-list.js, models/kept.js

    def _apply(self, frame: Frame) -> None:
        for id in [*frame.get("drop", ()), *frame.get("cleared", ())]:
            self._kept.pop(id, None)
        for id in frame.get("drop", ()):
            self.sidebar.pop(id, None)
        self.sidebar |= _places(Document(frame.get("rows", "")))

    async def _show(self, conversation: str) -> None:
        """Whoever clicks again before the answer is here goes to the one clicked last."""
        if self.pane is None:
            return
        if self._navigation is not None:
            self._navigation.cancel()
        self._navigation = self._spawn(self._go(conversation))
        await asyncio.wait([self._navigation])

    async def _go(self, conversation: str) -> None:
        self._since = self.n
        if (kept := self._kept.pop(conversation, None)) is not None:
            self._replace_pane(kept)
            await self._catch_up(conversation)
            return
        with suppress(*LOST):
            answer = await self._request(f"/conversations/{conversation}/")
            if answer.status_code == 200:
                self._replace_pane(_pane(Document(answer.text)))

    def _replace_pane(self, pane: Pane) -> None:
        left, self.pane = self.pane, pane
        self.wanted = pane.conversation
        pane.told.clear()
        if left is not None and left.conversation != pane.conversation:
            left.rows = left.settled
            self._kept[left.conversation] = left
        self._spawn(self._changed())
        self._open_outbox()

    async def _changed(self) -> None:
        """What the server believes this tab shows."""
        conversation, since = self.pane.conversation if self.pane else None, self._since
        if conversation == self._told and since is None:
            return
        self._since = None
        if conversation != self._told:
            await self._send({"type": "show", "conversation": conversation})
        self._told = conversation
        await self._resume(self.n if since is None else since)

    async def _catch_up(self, conversation: str) -> None:
        self._deaf, since = conversation, self.n
        with suppress(*LOST):
            answer = await self._request(f"/conversations/{conversation}/")
            if self.pane is None or self.pane.conversation != conversation or answer.status_code != 200:
                return
            self._deaf = ""
            self._refresh(_pane(Document(answer.text)))
            await self._resume(since)

    # elements/message-list.js

    def _arrive(self, frame: Frame) -> None:
        pane = self.pane
        if pane is None or frame.get("conversation") != pane.conversation:
            return
        fresh = _rows(Document(frame.get("messages", "")))
        for id in frame.get("removed", ()):
            pane.remove(id)
        pane.place(fresh, frame.get("order", ()))
        for id, state in frame.get("marks", {}).items():
            if (row := pane.held(id)) and row.sender == self.userid:
                row.state = state
        self._placed(fresh)

    def _sent(self, entry: Entry, document: Document) -> None:
        pane = self.pane
        if pane is None or pane.conversation != entry.conversation:
            return
        held = pane.held(entry.id)
        if document.one("article")["data-instance"] == pane.instance:
            pane.place(_rows(document), [] if held else [entry.id])
        else:
            self.drop(entry.id)

    def drop(self, id: str) -> None:
        """A message of ours on its way is not to be seen here any more."""
        if self.pane is not None and not self.pane.held(id):
            self.pane.remove(id)

    def _refresh(self, new: Pane) -> None:
        """The newest page anew, for a reader at the end."""
        pane = self.pane
        if pane is None or pane.conversation != new.conversation:
            return
        fresh = {row.id: row for row in new.rows}
        held = pane.settled
        first = new.rows[0].id if new.rows else ""
        joint = next((at for at, row in enumerate(held) if row.id == first), None)
        anew = pane.instance != new.instance or not new.older or joint is None
        for row in held[0 if anew or joint is None else joint :]:
            if row.id not in fresh:
                pane.remove(row.id)
        pane.place(fresh, [row.id for row in new.rows])
        if anew:
            pane.older = new.older
        pane.instance = new.instance
        self._placed(fresh)
        for row in list(pane.rows):
            if row.on_its_way and self.browser.entry(row.id) is None:
                pane.remove(row.id)

    async def _scroll_up(self) -> None:
        while (pane := self.pane) and pane.older:
            answer = await self._request(pane.older)
            if answer.status_code not in (200, 204):
                return
            page = Document(answer.text)
            rows = list(_rows(page).values())
            fresh = [row for row in rows if pane.row(row.id) is None]
            pane.rows = [*fresh, *pane.rows]
            pane.older = _older(page) if len(fresh) == len(rows) else ""

    async def _read(self) -> bool:
        pane = self.pane
        if pane is None:
            return False
        ids = [row.id for row in pane.settled if row.sender != self.userid and row.id not in pane.told]
        if not ids:
            return True
        pane.told.update(ids)
        posts = {"read": {"message": ids[-1]}, "reports": {"message": ids}}
        asked = (self._request(f"/conversations/{pane.conversation}/{name}/", form) for name, form in posts.items())
        answers = await asyncio.gather(*asked, return_exceptions=True)
        told = all(isinstance(answer, httpx.Response) and answer.status_code < 500 for answer in answers)
        if not told:
            pane.told.difference_update(ids)
        return told

    async def _post_form(self, path: str, form: dict[str, str]) -> int | None:
        try:
            return (await self._request(path, form)).status_code
        except LOST:
            return None

    # models/outbox.js

    async def _say(self, text: str) -> str:
        entry = Entry(str(uuid.uuid4()), self.wanted, text, time.time())
        for before in self.browser.entries(entry.conversation):
            if before.lost:
                self._retry(before)
        self._update(entry)
        self._drain(entry.conversation)
        return entry.id

    async def _retry_all(self) -> None:
        for entry in self.browser.entries():
            if entry.state == "failed":
                self._retry(entry)

    def _retry(self, entry: Entry) -> None:
        self._update(replace(entry, state="pending", unknown=False, lost=False))
        self._drain(entry.conversation)

    def _open_outbox(self) -> None:
        """Show what was left of the conversation on screen, and send what still can be."""
        if self.pane is not None:
            for entry in self.browser.entries(self.pane.conversation):
                self.show_copy(entry)
            self._drain(self.pane.conversation)

    def _follow(self) -> None:
        """The line is back."""
        for entry in self.browser.entries():
            if entry.lost:
                self._retry(entry)
            self._drain(entry.conversation)

    def _drain(self, conversation: str) -> None:
        if conversation not in self._draining:
            self._draining.add(conversation)
            self._spawn(self._drain_all(conversation))

    async def _drain_all(self, conversation: str) -> None:
        while self._next(conversation):
            async with self.browser.locks[conversation]:
                while (entry := self._next(conversation)) is not None:
                    await self._post(entry)
        self._draining.discard(conversation)

    def _next(self, conversation: str) -> Entry | None:
        return next((each for each in self.browser.entries(conversation) if each.state == "pending"), None)

    async def _post(self, entry: Entry) -> None:
        self.browser.store(entry, self)
        answer: httpx.Response | None = None
        with suppress(*LOST):
            form = {"text": entry.text, "id": entry.id}
            answer = await self._request(f"/conversations/{entry.conversation}/messages/", form)
        await self._awake.wait()
        if self.browser.entry(entry.id) is None:
            return  # the live event settled it
        document = Document(answer.text) if answer is not None and answer.is_success else None
        if document is not None and entry.id in _rows(document):
            self.browser.forget(entry.id)
            if document.one("article")["data-instance"] == "gone":
                for tab in self.browser.tabs:
                    tab.drop(entry.id)
            else:
                self._sent(entry, document)
            return
        unknown = answer is None or answer.is_success or answer.status_code >= 500
        policy = answer is not None and "Content-Security-Policy" in answer.headers
        lost = answer is None or (answer.status_code >= 502 and not policy)
        self._update(replace(entry, state="failed", unknown=unknown, lost=lost))

    def _update(self, entry: Entry) -> None:
        self.browser.store(entry, self)
        self.show_copy(entry)

    def take_over(self, entry: Entry) -> None:
        """Another tab has an entry on its way, and may not live to see it arrive."""
        self.show_copy(entry)
        if entry.state == "pending":
            self._drain(entry.conversation)

    def show_copy(self, entry: Entry) -> None:
        """A message on its way, if its conversation is on screen."""
        pane = self.pane
        if pane is None or entry.conversation != pane.conversation:
            return
        if pane.held(entry.id):
            self._placed([entry.id])
        elif (known := pane.row(entry.id)) is not None:
            known.state = entry.state
        else:
            pane.rows.append(Row(entry.id, self.userid, entry.text, entry.state))

    def _placed(self, ids: Iterable[str]) -> None:
        for id in ids:
            self.browser.forget(id)


def _places(document: Document) -> dict[str, Place]:
    return {
        row["data-conversation"]: Place(int(row["data-order"]), "data-favorite" in row.attributes, row["data-unread"])
        for row in document.all("li[data-conversation]")
    }


def _pane(document: Document) -> Pane:
    section = document.one("#conversation")
    rows = [_row(each) for each in messages(document)]
    return Pane(section["data-conversation"], section["data-instance"], rows, _older(document))


def _older(document: Document) -> str:
    return next((link["href"] for link in document.all("a.older")), "")


def _rows(document: Document) -> dict[str, Row]:
    return {each.id: _row(each) for each in messages(document)}


def _row(message: Message) -> Row:
    return Row(message.id, message.sender, message.text, message.state)
