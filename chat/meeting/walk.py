"""The way through a real server: each read-only call once, with the dialect in use, and nothing that changes anything.

Only what can be tried offline is tried in more than one way: an account that sees one wrong sign-in after another may
be locked. So there is one Login for each of the two stations, and no more.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from chat.meeting import trials
from chat.meeting.contents import Letters, contents
from chat.meeting.hearing import hear
from chat.meeting.person import Person
from chat.meeting.reference import compare
from chat.meeting.rows import Row, judged
from chat.meeting.trials import Sealed
from chat.meeting.writing import shown
from chat.ozeki import crypto, protocol
from chat.ozeki.client import Client
from chat.ozeki.dialect import Dialect, fill
from chat.ozeki.errors import Misunderstood, Refused, Unreachable
from chat.ozeki.models import Conversation, Login, Page
from chat.ozeki.protocol import Anchor, Call, Caller

T = TypeVar("T")
READ_AT_MOST = 5  # conversations: enough messages to judge by
FROM_A_TRACE = "a recorded trace shows what is right (`ozeki learn`)"


@dataclass(frozen=True, slots=True)
class Server:
    """Where the server is and how it is spoken to: the portal's own settings."""

    url: str
    dialect: Dialect
    listener_url: str = ""
    trusted: tuple[str, ...] = ()
    ca_file: str | None = None


@dataclass(slots=True)
class Walk:
    """One person's way through a server, and what was seen on it: rows for calls, the dialect, and what is beyond."""

    server: Server
    person: Person
    client: Client
    calls: list[Row] = field(default_factory=list)
    dialect: list[Row] = field(default_factory=list)
    beyond: list[Row] = field(default_factory=list)
    refusals: int = 0
    login: Login | None = None
    caller: Caller | None = None
    letters: Letters = field(default_factory=Letters)
    key: RSAPrivateKey | None = None
    _endpoints: Mapping[str, str] = field(default_factory=dict)

    async def go(self) -> None:
        """Look at everything that can be looked at."""
        dialect, person = self.server.dialect, self.person
        station = secrets.token_hex(16)
        self.login = login = await self.ask(protocol.login(station=station, apikey=person.apikey))
        made = dialect.apikey
        what = "apikey = the password" if made.digest == "none" else f"apikey = {made.digest} of {made.template}"
        if login is None:
            if self.refusals:
                self.dialect.append(
                    Row("differs", what, f"the server does not accept it; if the password is right, {FROM_A_TRACE}")
                )
            return
        self.dialect.append(Row("ok", what, "the server accepts it"))
        self._endpoints = protocol.endpoints(login.urls, self.server.url, self.server.trusted)
        self.key, opening = trials.passphrase(dialect, person, login.rsakey)
        self.dialect += judged(dialect, opening)
        if self.key is None and dialect.signature.scheme.startswith("rsa"):
            self.dialect.append(
                Row("unknown", self._signature, "no call can be signed while the private key is closed")
            )
            return
        sign = crypto.signer(dialect, self.key, person.apikey)  # type: ignore[arg-type]  # None: an HMAC takes no key
        self.caller = caller = Caller(login.userid, station, sign)
        await self._read(caller)
        self.dialect += judged(dialect, contents(dialect, self.key, self.letters))
        await self._second_station(caller)
        rule = dialect.listener
        url = protocol.listener_url(
            login.listeners, self.server.url, rule, self.server.trusted, override=self.server.listener_url
        )
        hello = fill(rule.hello, {"station": station, "userid": login.userid})
        off = rule.url == "off" and not self.server.listener_url
        self.beyond.append(await hear(url, hello, off=off, tls=self.client.tls))

    @property
    def _signature(self) -> str:
        rule = self.server.dialect.signature
        if rule.scheme == "none":
            return "signature = none"
        return f"signature = {rule.scheme} in {rule.encoding} over {rule.over}"

    async def ask(self, call: Call[T]) -> T | None:
        """Make a call and note how it went. None when there is no usable reply."""
        said: dict[str, object] = {}

        def read(reply: Mapping[str, object]) -> T:
            said.update(reply)
            return call.read(reply)

        result, row = None, Row("ok", call.name)
        try:
            result = await self.client.perform(replace(call, read=read), self._endpoints)
        except Refused as refused:
            self.refusals += 1
            row = Row("differs", call.name, "refused" + self._words(refused))
        except Misunderstood as error:
            # Before Login nothing says that this is an Ozeki server at all.
            row = Row("differs" if self.login or said else "failed", call.name, f"not understood: {error}")
        except Unreachable as error:
            row = Row("failed", call.name, f"no usable answer: {error}")
        if said:
            matched, different = compare(call.name, said)
            verdict = "differs" if different and row.verdict == "ok" else row.verdict
            row = replace(row, verdict=verdict, details=tuple(different), matched=matched)
        self.calls.append(row)
        return result

    def _words(self, refused: Refused) -> str:
        """The server's own words, without what it was told in confidence."""
        words = refused.message
        for secret in (self.person.apikey, self.person.password, self.person.encryption_password):
            words = words.replace(secret, "…") if secret else words
        return f": {shown(words)}" if words else ""

    async def _read(self, caller: Caller) -> None:
        friends = await self.ask(protocol.friends(caller))
        listed = await self.ask(protocol.conversations(caller))
        if friends is not None or listed is not None:
            self.dialect.append(Row("ok", self._signature, "the server accepts it"))
        elif self.refusals == 2:
            self.dialect.append(Row("differs", self._signature, f"the server refuses both calls; {FROM_A_TRACE}"))
        self.letters.conversations = {conversation.id: conversation for conversation in listed or ()}
        written = [conversation for conversation in listed or () if conversation.lastmessageid]
        newest = sorted(written, key=lambda conversation: conversation.lastaccess, reverse=True)[:READ_AT_MOST]
        refused = self.refusals
        pages = [(conversation, page) for conversation in newest if (page := await self._page(caller, conversation))]
        self._note_first_page(pages, self.refusals - refused)
        for conversation, page in pages[:1]:
            if page.messages:
                await self._since(caller, conversation, page)
        await self.ask(protocol.notification(caller.station))
        await self.ask(protocol.blocklist(caller))

    async def _page(self, caller: Caller, conversation: Conversation) -> Page | None:
        paging = self.server.dialect.paging
        page = await self.ask(protocol.partial_download(caller, conversation, before=None, paging=paging))
        if page:
            sealed = [Sealed(conversation.id, each.id, each.data) for each in page.messages]
            self.letters.messages |= {each.id: each for each in sealed}
            sealed = [Sealed(conversation.id, each.id, each.data) for each in page.reports if each.data]
            self.letters.reports |= {each.id: each for each in sealed}
        return page

    def _note_first_page(self, pages: Sequence[tuple[Conversation, Page]], refused: int) -> None:
        what = f"paging.first = {self.server.dialect.paging.first}"
        empty = [page for _, page in pages if not page.messages]
        if refused:
            self.dialect.append(Row("differs", what, f"the server refuses it; {FROM_A_TRACE}"))
        elif not pages:
            self.dialect.append(
                Row("unknown", what, "there is no conversation with a message in it, or none to be had")
            )
        elif empty:
            self.dialect.append(Row("differs", what, f"{len(empty)} of {len(pages)} conversations show no message so"))
        else:
            self.dialect.append(Row("ok", what, f"it brings the newest messages of {len(pages)} conversations"))

    async def _since(self, caller: Caller, conversation: Conversation, page: Page) -> None:
        oldest = min(page.messages, key=lambda message: message.created)
        newer = await self.ask(protocol.download(caller, conversation, since=Anchor(oldest.created, oldest.id)))
        if newer is not None:
            missing = {message.id for message in page.messages} - {message.id for message in newer.messages}
            if missing:
                self.calls.append(Row("differs", "Download", f"{len(missing)} messages after its anchor are not in it"))

    async def _second_station(self, caller: Caller) -> None:
        """Sign in as another device and see whether both go on."""
        what, noted = "Two stations at once", len(self.calls)
        second = replace(caller, station=secrets.token_hex(16))
        await self.ask(protocol.login(station=second.station, apikey=self.person.apikey))
        if self.calls[-1].verdict != "failed" and not self.calls[-1].why:
            for each in (second, caller):
                await self.ask(protocol.conversations(each))
                await self.ask(protocol.notification(each.station))
        trouble = [f"{row.what} {row.why}" for row in self.calls[noted:] if row.why]
        del self.calls[noted:]
        if trouble:
            self.beyond.append(Row("differs", what, trouble[0]))
        else:
            self.beyond.append(Row("ok", what, "both list the conversations and ask for their notices"))
