"""A browser in Python: it signs in, reads pages, sends forms, and opens tabs on /live/ as the real one does."""

from __future__ import annotations

import json
import random
import re
import socket
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from functools import cached_property
from html.parser import HTMLParser
from http.cookies import Morsel, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.processes import Person, Portal

SIGN_IN = ("ozeki_sign_in", "__Host-ozeki_sign_in")
CSRF_COOKIE = ("csrftoken", "__Host-csrftoken")
CSRF = re.compile(r'data-csrf="(\w+)"')
PATIENCE = 15.0  # seconds for a frame; far less than the minute after which each tab looks whether it is signed in
VOID = {"meta", "link", "input", "br", "img", "hr"}
Frame = dict[str, Any]


class Element:
    """An element: `text` is that of all in it, white space as one blank; its attributes by `[]`, "" if absent."""

    def __init__(self, tag: str, attributes: dict[str, str], parent: Element | None) -> None:
        self.tag, self.attributes, self.parent = tag, attributes, parent
        self.pieces: list[str] = []

    def __getitem__(self, name: str) -> str:
        return self.attributes.get(name, "")

    @property
    def raw(self) -> str:
        return "".join(self.pieces)

    @property
    def text(self) -> str:
        return " ".join(self.raw.split())

    @property
    def classes(self) -> list[str]:
        return self["class"].split()

    def is_in(self, other: Element) -> bool:
        return self is other or (self.parent is not None and self.parent.is_in(other))


class Document(HTMLParser):
    """The elements of a page or of a part of one, in document order; what is inside a <template> is not there."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: Element | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, self._open)
        above = self._open
        while above is not None and above.tag != "template":
            above = above.parent
        if above is None:
            self.elements.append(element)
        if tag not in VOID:
            self._open = element

    def handle_endtag(self, tag: str) -> None:
        while self._open is not None:
            closed, self._open = self._open, self._open.parent
            if closed.tag == tag:
                return

    def handle_data(self, data: str) -> None:
        element = self._open
        while element is not None:
            element.pieces.append(data)
            element = element.parent

    def all(self, selector: str) -> list[Element]:
        """Those that a selector of one step fits: `li`, `.older`, `#alerts`, `input[name=id]`, `li[data-muted]`."""
        match = re.fullmatch(
            r"(?P<tag>[\w-]*)(?P<kind>[.#]?)(?P<name>[\w-]*)(?:\[(?P<key>[\w-]+)(?:=(?P<value>.*))?\])?", selector
        )
        assert match, selector
        tag, kind, name, key, value = match.group("tag", "kind", "name", "key", "value")
        return [
            element
            for element in self.elements
            if tag in ("", element.tag)
            and (kind != "." or name in element.classes)
            and (kind != "#" or name == element["id"])
            and (key is None or key in element.attributes)
            and (value is None or value == element[key])
        ]

    def one(self, selector: str, inside: Element | None = None) -> Element:
        """The only one that fits."""
        found = [element for element in self.all(selector) if inside is None or element.is_in(inside)]
        assert len(found) == 1, f"{len(found)} of {selector}"
        return found[0]


class Message:
    """A message as the page shows it."""

    def __init__(self, document: Document, article: Element) -> None:
        self.id, self.sender = article["data-message"], article["data-sender"]
        self.created, self.state, self.name = article["data-created"], article["data-state"], article["data-name"]
        self.own = "message--own" in article.classes
        self.text = document.one(".message__text", article).raw
        cause = [element.text for element in document.all(".message__cause") if element.is_in(article)]
        self.cause = cause[0] if cause else ""


class Answer:
    """What came back: the response, and what it shows a person."""

    def __init__(self, response: httpx.Response) -> None:
        self.status, self.headers, self.html = response.status_code, response.headers, response.text
        self.location = response.headers.get("location", "")

    @cached_property
    def document(self) -> Document:
        return Document(self.html)

    @property
    def is_whole_page(self) -> bool:
        return bool(self.document.all("html"))

    @property
    def messages(self) -> list[Message]:
        return messages(self.document)

    @property
    def rows(self) -> list[Element]:
        return self.document.all("li[data-conversation]")

    @property
    def titles(self) -> list[str]:
        return [self.document.one(".conversation__title", row).raw for row in self.rows]

    @property
    def older(self) -> str:
        """Where the page of older messages is; "" when there is none."""
        links = self.document.all("a.older")
        return links[0]["href"] if links else ""

    @property
    def alert(self) -> str:
        """What went wrong, in words."""
        return self.document.one("#alerts").text

    @property
    def seen(self) -> tuple[str, int]:
        """Epoch and number of what the page already has."""
        root = self.document.one("html")
        return root["data-epoch"], int(root["data-n"])

    @property
    def cookies(self) -> dict[str, Morsel[str]]:
        """What it sets, with the flags."""
        cookies: SimpleCookie = SimpleCookie()
        for header in self.headers.get_list("set-cookie"):
            cookies.load(header)
        return dict(cookies)

    @property
    def sign_in_cookie(self) -> Morsel[str]:
        return next(cookie for name, cookie in self.cookies.items() if name in SIGN_IN)


def messages(part: Document | str) -> list[Message]:
    """The messages in a page, or in a frame's HTML."""
    document = Document(part) if isinstance(part, str) else part
    return [Message(document, article) for article in document.all("article[data-message]")]


class Proxy(httpx.HTTPTransport):
    """What ends TLS in front of a portal: every request to the site goes to its process, in the clear."""

    def __init__(self, port: int, address: str) -> None:
        super().__init__(local_address=address, verify=False)  # what would be verified is loaded at some cost
        self.port = port

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        behind = request.url.copy_with(scheme="http", host="127.0.0.1", port=self.port)
        sent = httpx.Request(
            request.method, behind, headers=request.headers, stream=request.stream, extensions=request.extensions
        )
        return super().handle_request(sent)


class Visitor:
    """One browser, with its own address, cookies and tabs. To be closed."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.address = f"127.{random.randint(1, 254)}.{random.randint(0, 255)}.{random.randint(1, 254)}"
        self.http = httpx.Client(
            base_url=portal.url, transport=Proxy(portal.port, self.address), timeout=40, trust_env=False
        )
        self.tabs: list[Tab] = []
        self._csrf = ""

    def get(self, path: str, *, htmx: bool = False, **headers: str) -> Answer:
        answer = Answer(self.http.get(path, headers=_headers(htmx) | headers))
        self._csrf = (CSRF.findall(answer.html) or [self._csrf])[-1]
        return answer

    def post(self, path: str, fields: dict[str, str], *, htmx: bool = False, csrf: bool = True) -> Answer:
        """Send a form of this site, with the token that its pages carry."""
        headers = _headers(htmx) | {"Origin": self.portal.url}
        if csrf:
            headers["X-CSRFToken"] = self.csrf
        return Answer(self.http.post(path, data=fields, headers=headers))

    @property
    def csrf(self) -> str:
        """The token that the last page carried, or that signing in left; the start page's when there is neither."""
        self._csrf = self._csrf or self._cookie(CSRF_COOKIE)
        if not self._csrf:
            page = self.get("/")
            while page.status == 302:
                page = self.get(page.location)
        return self._csrf

    def sign_in(self, person: Person, **fields: str) -> Answer:
        """Fill in the form as `person`; `fields` are others, or other values."""
        known = {
            "email": person.email,
            "password": person.password,
            "encryption_password": person.encryption_password,  # ignored where the dialect wants none
        }
        return self.submit("/sign-in/", known | fields)

    def submit(self, page: str, fields: dict[str, str]) -> Answer:
        """Open a page and send its form, hidden fields as they are."""
        document = self.get(page).document
        form = document.one("form[method=post]")
        hidden = {each["name"]: each["value"] for each in document.all("input[type=hidden]") if each.is_in(form)}
        answer = Answer(self.http.post(form["action"], data=hidden | fields, headers={"Origin": self.portal.url}))
        if answer.status == 303:
            self._csrf = ""  # signing in renews it
        return answer

    def prefer(self, **chosen: str | bool) -> Answer:
        """Change some preferences, by the names of their fields, and leave the others as the form has them."""
        checked = [each for each in self.get("/preferences/").document.all("input") if "checked" in each.attributes]
        kept = {each["name"]: each["value"] if each["type"] == "radio" else "on" for each in checked}
        wanted = kept | {name: "on" if value is True else value for name, value in chosen.items()}
        return self.post("/preferences/", {name: value for name, value in wanted.items() if value is not False})

    def sign_out(self) -> Answer:
        return self.post("/sign-out/", {})

    @property
    def token(self) -> str:
        """What the sign-in cookie holds; "" when there is none."""
        return self._cookie(SIGN_IN)

    def _cookie(self, names: tuple[str, ...]) -> str:
        return next((cookie.value or "" for cookie in self.http.cookies.jar if cookie.name in names), "")

    @property
    def is_signed_in(self) -> bool:
        return self.get("/").status == 200

    def open(self, conversation: str) -> Answer:
        page = self.get(f"/conversations/{conversation}/")
        assert page.status == 200, page.html
        return page

    def say(self, conversation: str, text: str, *, id: str = "", htmx: bool = True) -> Answer:
        fields = {"text": text, "id": id or str(uuid.uuid4())}
        return self.post(f"/conversations/{conversation}/messages/", fields, htmx=htmx)

    def tab(self, conversation: str | None = None, *, visible: bool = True) -> Tab:
        """Open a page and its /live/, and be welcomed."""
        page = self.open(conversation) if conversation else self.get("/")
        tab = self.socket()
        tab.hello(*page.seen, conversation=conversation, visible=visible)
        return tab

    def socket(self, *, origin: str | None = "", cookie: str = "") -> Tab:
        """A socket to /live/ on which nothing was said yet; `origin` None: without one. `cookie`: another site's."""
        tab = Tab(self, self.portal.url if origin == "" else origin, cookie)
        self.tabs.append(tab)
        return tab

    def knock(self) -> socket.socket:
        """Ask for a socket to /live/, and wait for no answer: when this returns, the portal has read it."""
        line = socket.create_connection(("127.0.0.1", self.portal.port), 20, source_address=(self.address, 0))
        headers = {
            "Host": urlsplit(self.portal.url).netloc,
            "Origin": self.portal.url,
            "Cookie": "; ".join(f"{each.name}={each.value}" for each in self.http.cookies.jar),
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        }
        asked = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        line.sendall(f"GET /live/ HTTP/1.1\r\n{asked}\r\n".encode())
        assert self.http.get("/livez").status_code == 200
        return line

    def close(self) -> None:
        """Sign out and leave: the portal stops listening for this browser."""
        if self.token and self.portal.is_alive():
            self._csrf = ""  # the cookie's holds, whatever a test has done meanwhile
            left = self.sign_out().status
            assert left == 303, f"a visitor can't leave: {left}"
        for tab in self.tabs:
            tab.close()
        self.http.close()


class Tab:
    """A tab's socket. Remembers every frame in `heard`, and every message that came by one in `arrived`, by id."""

    def __init__(self, visitor: Visitor, origin: str | None, cookie: str = "") -> None:
        self.visitor = visitor
        self.conversation: str | None = None
        self.heard: list[Frame] = []
        self.arrived: dict[str, Message] = {}
        own = [f"{each.name}={each.value}" for each in visitor.http.cookies.jar]
        cookies = "; ".join([cookie, *own] if cookie else own)
        asked = {"Cookie": cookies, "Accept-Language": visitor.http.headers.get("Accept-Language", "")}
        self._closing = ExitStack()
        self.socket = self._closing.enter_context(
            connect(
                f"ws://{urlsplit(visitor.portal.url).netloc}/live/",
                sock=socket.create_connection(
                    ("127.0.0.1", visitor.portal.port), 20, source_address=(visitor.address, 0)
                ),
                origin=origin,  # type: ignore[arg-type]
                additional_headers={name: value for name, value in asked.items() if value},
                close_timeout=2,
            )
        )

    def send(self, frame: object) -> None:
        self.socket.send(frame if isinstance(frame, str | bytes) else json.dumps(frame))

    def hello(self, epoch: str, n: int, *, conversation: str | None = None, visible: bool = True) -> Frame:
        """Say what was last seen and wait for the welcome."""
        self.conversation = conversation
        self.send({"type": "hello", "epoch": epoch, "n": n, "conversation": conversation, "visible": visible})
        return self.hear("welcome")

    def show(self, conversation: str | None) -> None:
        """Go to another conversation of the same page."""
        self.conversation = conversation
        self.send({"type": "show", "conversation": conversation})

    def read(self, seconds: float = PATIENCE) -> Frame:
        """The next frame, with what follows from it: what can't be told by frames is fetched, as the page does."""
        frame: Frame = json.loads(self.socket.recv(max(0.0, seconds)))
        self.heard.append(frame)
        shown = messages(frame.get("messages", ""))
        if self.conversation and (frame["type"] == "resync" or frame.get("reset")):
            shown = self.visitor.open(self.conversation).messages
        self.arrived |= {message.id: message for message in shown}
        return frame

    def hear(self, type: str, fits: Callable[[Frame], bool] = lambda frame: True, seconds: float = PATIENCE) -> Frame:
        """The next frame of this type that fits; those before it are only remembered."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                frame = self.read(deadline - time.monotonic())
            except TimeoutError:
                raise AssertionError(f"no such {type} came, but {self.heard}") from None
            if frame["type"] == type and fits(frame):
                return frame

    def until_upstream(self, state: str) -> None:
        """Wait until the portal has said that of the Ozeki server, if that is not the last it said."""
        said = [frame.get("upstream") or frame.get("state") for frame in self.heard]
        if [word for word in said if word][-1:] != [state]:
            self.hear("upstream", lambda frame: frame["state"] == state)

    def hear_message(self, id: str) -> Message:
        """The message with this id, when it has arrived."""
        deadline = time.monotonic() + PATIENCE
        while id not in self.arrived:
            try:
                self.read(deadline - time.monotonic())
            except TimeoutError:
                raise AssertionError(f"{id} did not arrive, but {self.heard}") from None
        return self.arrived[id]

    def hear_row(self, conversation: str, fits: Callable[[str], bool] = lambda html: True) -> Frame:
        """The event that brings a conversation's sidebar row."""
        return self.hear("event", lambda frame: conversation in _rows(frame) and fits(_rows(frame)[conversation]))

    def all_so_far(self) -> list[Frame]:
        """Every frame heard up to the answer to a ping."""
        self.send({"type": "ping"})
        self.hear("pong")
        return self.heard

    @property
    def numbers(self) -> list[int]:
        """The numbers of the events heard."""
        return [frame["n"] for frame in self.heard if frame["type"] == "event"]

    def close_code(self, seconds: float = PATIENCE) -> int:
        """The code with which the portal closes the socket."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                self.read(deadline - time.monotonic())
            except ConnectionClosed as closed:
                assert closed.rcvd, "the line was cut"
                return closed.rcvd.code

    def close(self) -> None:
        self._closing.close()


def _rows(frame: Frame) -> dict[str, str]:
    """The sidebar rows of an event, as HTML by conversation."""
    parts = re.split(r"(?=<li )", frame.get("rows", ""))[1:]
    return {Document(part).one("li")["data-conversation"]: part for part in parts}


def _headers(htmx: bool) -> dict[str, str]:
    return {"HX-Request": "true"} if htmx else {}
