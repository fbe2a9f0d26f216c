"""What one process has open: the way to the Ozeki server, the people looking, and a relay for each sign-in."""

from __future__ import annotations

import asyncio
import logging
import os
from collections import Counter
from collections.abc import Collection, Set
from dataclasses import dataclass, field, replace
from typing import cast

from asgiref.sync import sync_to_async
from django.apps import apps
from django.conf import settings

from chat import fragments, keyring, metrics, vault
from chat.account import Account
from chat.apps import ChatConfig
from chat.health import Health
from chat.ozeki import crypto, protocol, replies
from chat.ozeki.client import Client
from chat.ozeki.dialect import Dialect, Listener, load
from chat.ozeki.errors import Locked
from chat.ozeki.models import Listeners
from chat.processes import Event, Processes, address
from chat.relay import Relay
from chat.station import station_id
from chat.stream import RESTART, SIGNED_OUT, Close
from chat.vault import Credentials, OpenedCache, TamperedError

logger = logging.getLogger(__name__)

OPENED = 1_000  # sign-ins in memory
IDLE = 600.0  # seconds without a look, after which one is forgotten
SWEEP = 60.0  # seconds
AT_ONCE = 8  # tabs
LOOKS = 16  # relays at once
SIGN_OUT = "sign-out"  # what is told of a sign-in; all else is about people


class KeyStaysLockedError(Exception):
    """The server accepted the password, but what was typed does not open the person's encryption key."""


@dataclass(slots=True)
class Portal:
    """Signs people in, finds who is signed in, and ends it."""

    url: str
    dialect: Dialect
    client: Client
    slot: str
    trusted: tuple[str, ...] = ()
    listener_url: str = ""
    accounts: OpenedCache[Account] = field(default_factory=lambda: OpenedCache(limit=OPENED, idle=IDLE))
    relays: dict[str, Relay] = field(default_factory=dict)
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))  # to fetch everything anew
    looks: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(LOOKS))  # at what changed
    health: Health = field(init=False)
    _others: Processes = field(init=False)
    _addressed: dict[str, set[Relay]] = field(default_factory=dict)  # by what stands for their sign-in and person
    sockets: Counter[str] = field(default_factory=Counter)  # how many of each person are open here, by userid
    _sweeping: asyncio.TimerHandle | None = None

    def __post_init__(self) -> None:
        self.health = Health(self.client)
        self._others = Processes(self._heard, self.slot)

    @classmethod
    def from_settings(cls) -> Portal:
        """The portal to `OZEKI_URL`."""
        ca_file = str(settings.OZEKI_CA_FILE) if settings.OZEKI_CA_FILE else None
        trusted = tuple(settings.OZEKI_TRUST_URLS)
        return cls(
            url=settings.OZEKI_URL,
            dialect=load(settings.OZEKI_DIALECT) if settings.OZEKI_DIALECT else Dialect(),
            client=Client(settings.OZEKI_URL, trusted=trusted, ca_file=ca_file, observe=metrics.called),
            slot=settings.PROCESS_SLOT,
            trusted=trusted,
            listener_url=settings.OZEKI_LISTENER_URL,
        )

    async def sign_in(self, *, email: str, password: str, encryption_password: str) -> Credentials:
        """Log in at the Ozeki server (p_7105). Raises SignInRefused, KeyStaysLockedError, or why there is no answer."""
        apikey = crypto.apikey(self.dialect, email=email, password=password)
        secret = os.urandom(32)
        login = await self.client.perform(protocol.login(station=station_id(secret, self.slot), apikey=apikey))
        passphrase = crypto.passphrase(
            self.dialect, email=email, password=password, apikey=apikey, encryption_password=encryption_password
        )
        try:
            key = await sync_to_async(crypto.open_private_key, thread_sensitive=False)(login.rsakey, passphrase)
        except Locked as locked:
            raise KeyStaysLockedError from locked
        return Credentials(
            userid=login.userid,
            fullname=login.fullname,
            nick=login.nick,
            apikey=apikey,
            private_key=crypto.dump_der(key),
            station_secret=secret,
            endpoints=protocol.endpoints(login.urls, self.url, self.trusted),
            listener_url=protocol.listener_url(login.listeners, self.url, Listener(), self.trusted),
        )

    async def account(self, token: str, *, used: bool = True) -> Account | None:
        """Whoever holds `token`; None when the sign-in has ended, here or in another process.

        `used`: somebody asks, not only a page.
        """
        key = vault.token_hash(token)
        if key is None:
            return None
        if not await vault.alive(key, used=used):
            self.forget(key)
            return None
        relay = self.relays.get(key)
        account = relay.account if relay else self.accounts.get(key)
        return account or await self._open(token, key)

    async def _open(self, token: str, key: str) -> Account | None:
        try:
            credentials = await vault.find(token)
        except TamperedError:
            logger.warning("a sealed sign-in does not open: changed, or moved from another row")
            return None
        if credentials is None:
            return None
        return self.open(key, credentials)

    def open(self, key: str, credentials: Credentials, *, introduced: bool = False) -> Account:
        """Whoever has these credentials, by the sign-in's key. Two may open it at once: the first one's account serves
        both. `introduced`: they have just signed in."""
        account = self.accounts.get(key)
        if account is None:
            credentials = replace(credentials, listener_url=self._listener_url(credentials.listener_url or ""))
            account = Account(
                credentials,
                key=key,
                client=self.client,
                dialect=self.dialect,
                slot=self.slot,
                introduced=introduced,
            )
        self._keep(account)
        return account

    def _listener_url(self, said: str) -> str | None:
        """Where to listen by the settings of today, given what the server said when the person signed in: that may be
        weeks ago."""
        listeners, rule = Listeners(said, said), self.dialect.listener
        return protocol.listener_url(listeners, self.url, rule, self.trusted, self.listener_url)

    def _keep(self, account: Account) -> None:
        self.accounts.put(account.key, account)
        self._sweep()

    def _sweep(self) -> None:
        """Forget who has not looked for a while, also when nobody else looks."""
        self.accounts.sweep()
        fragments.forget_messages()
        somebody = bool(len(self.accounts) or self.relays)
        if not somebody:
            fragments.forget_people()
            keyring.forget_reports()
            replies.forget()
        if self._sweeping is not None:
            self._sweeping.cancel()
        again = asyncio.get_running_loop().call_later(SWEEP, self._sweep) if somebody else None
        self._sweeping = again

    def relay(self, account: Account) -> Relay:
        """The relay of a sign-in in this process, started when it is first needed."""
        relay = self.relays.get(account.key)
        if relay is None:
            relay = self.relays[account.key] = Relay(
                account, tls=self.client.tls, turns=self.turns, looks=self.looks, ended=self._ended, sign_out=self.end
            )
            for name in _names(account):
                self._addressed.setdefault(address(name), set()).add(relay)
            relay.start()
            self._others.listen()
        relay.stay()
        return relay

    def _ended(self, relay: Relay, code: Close) -> None:
        if self.relays.get(relay.account.key) is relay:
            del self.relays[relay.account.key]
            for name in map(address, _names(relay.account)):
                self._addressed[name].discard(relay)
                if not self._addressed[name]:
                    del self._addressed[name]
        if code is SIGNED_OUT:
            self.accounts.drop(relay.account.key)
        else:
            self._keep(relay.account)

    async def end(self, key: str) -> None:
        """End a sign-in everywhere: its row, its relay here, and its tabs in every process."""
        userid = await vault.end(key)
        self._others.tell([key], SIGN_OUT)
        if userid:
            self.tell([userid], "sign-ins")
        self.forget(key)

    def tell(self, userids: Collection[str], about: str, conversation: str = "", *, but: Relay | None = None) -> None:
        """Tell every tab of these people, in every process, that something of theirs changed. `about` names the kind of
        it, and each relay looks up what is true now; `but` the one that has."""
        self._pass_on({address(userid) for userid in userids}, about, conversation, but)
        self._others.tell(userids, about, conversation)

    def _heard(self, event: Event) -> None:
        self._pass_on(set(event["whom"]), event["about"], event["conversation"])

    def _pass_on(self, whom: Set[str], about: str, conversation: str, but: Relay | None = None) -> None:
        for relay in [relay for each in whom for relay in self._addressed.get(each, ())]:
            if about == SIGN_OUT:
                self.forget(relay.account.key)
            elif relay is not but:
                relay.changed(about, conversation)

    def forget(self, key: str) -> None:
        """Hold nothing of a sign-in any more, and close its tabs here."""
        relay = self.relays.get(key)
        if relay is not None:
            relay.end(SIGNED_OUT)
        self.accounts.drop(key)

    async def aclose(self) -> None:
        """Stop listening and close every connection."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        self._others.close()
        for relay in list(self.relays.values()):
            relay.end(RESTART)
        self.health.close()
        await self.client.aclose()


def _names(account: Account) -> tuple[str, str]:
    """What others may tell something about: the sign-in and the person."""
    return account.key, account.userid


def portal() -> Portal:
    """This process's portal."""
    return cast(ChatConfig, apps.get_app_config("chat")).portal
