"""`python -m tests.bench.floor`: what Ozeki's own calls take, by a bare program that makes them and nothing else.

No Django, no database, no HTML: aiohttp, and the cryptography of tests/sandbox/raw.py. It prints its figures as JSON.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import aiohttp
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from tests.bench.server import BigSandbox, conversation_id
from tests.processes import ROOT, Person, clean_environment
from tests.sandbox.raw import decrypt, encrypt, new_id, now, open_key

OAEP = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)


class Bare:
    """One person's client. Each method is one call, or what can't be done without."""

    def __init__(self, http: aiohttp.ClientSession, url: str, listener: str, person: Person) -> None:
        self.http, self.url, self.listener, self.person = http, url, listener, person
        self.station = secrets.token_hex(16)
        self.listening, self.stirred = asyncio.Event(), asyncio.Event()
        self.read: asyncio.Queue[str] = asyncio.Queue()  # the texts that came
        self.newest = ("", "")
        self.secret = b""
        self.conversation: dict[str, Any] = {}

    async def sign_in(self) -> None:
        """Login, and the key opened."""
        apikey = hashlib.sha256(f"{self.person.email}:{self.person.password}".encode()).hexdigest()
        body = json.dumps({"action": "login", "apikey": apikey}).encode()
        reply = await self._post("chatlogin", body, {})
        self.key = open_key(reply["rsakey"], self.person.password)

    async def call(self, api: str, action: str, **fields: Any) -> Any:
        body = json.dumps({"action": action, "clientversioncode": 3, "timestamp": now(), **fields}).encode()
        if api == "chatnotification":
            return await self._post(api, body, {})
        signature = base64.b64encode(self.key.sign(body, padding.PKCS1v15(), hashes.SHA256())).decode()
        return await self._post(api, body, {"Ozeki-User": self.person.userid, "Ozeki-Signature": signature})

    async def _post(self, api: str, body: bytes, headers: dict[str, str]) -> Any:
        headers |= {"Content-Type": "application/json", "Ozeki-Station": self.station}
        async with self.http.post(f"{self.url}?srv=chatserver&api={api}", data=body, headers=headers) as answer:
            reply = json.loads(await answer.read())
        assert reply.get("status", "OK") == "OK", reply
        return reply

    async def list(self) -> list[dict[str, Any]]:
        return list((await self.call("chatconversation", "list"))["conversations"])

    async def enter(self, id: str) -> None:
        """Find a conversation in the list and read its newest page."""
        self.conversation = next(each for each in await self.list() if each["id"] == id)
        self.secret = self.key.decrypt(base64.b64decode(self.conversation["secret"]), OAEP)
        await self.page()

    def about(self) -> dict[str, str]:
        return {"conversationid": self.conversation["id"], "instance": self.conversation["instance"]}

    async def page(self, before: tuple[str, str] = ("", "")) -> tuple[str, str]:
        """Partial download and 50 messages opened; where the page before it begins."""
        anchor = {"lastmessagedate": before[0], "lastmessageid": before[1], "lastreportdate": "", "lastreportid": ""}
        reply = await self.call("chatconversation", "downloadpartial", **self.about(), **anchor, limit=50)
        for message in reply["messages"]:
            decrypt(self.secret, message["Data"])
        first, last = reply["messages"][0], reply["messages"][-1]
        self.newest = max(self.newest, (last["Created"], last["ID"]))
        return first["Created"], first["ID"]

    async def say(self, text: str) -> None:
        """Encrypt and Add."""
        data = encrypt(self.secret, json.dumps({"sender": self.person.userid, "text": text}).encode())
        message = {"ID": new_id(), "Type": "Message", "Created": now(), "ValidUntil": now(days=7), "Data": data}
        await self.call("chatconversation", "add", **self.about(), message=json.dumps(message))

    async def listen(self) -> None:
        """Hear frames, for ever."""
        async with self.http.ws_connect(self.listener) as socket:
            await socket.send_str(self.station)
            self.listening.set()
            async for _ in socket:
                self.stirred.set()

    async def follow(self) -> None:
        """For each frame, or several at once: Notification, then Download, and the new messages opened; for ever."""
        held: set[str] = set()
        while True:
            await self.stirred.wait()
            self.stirred.clear()
            notices = await self.call("chatnotification", "download")
            if self.conversation["id"] in notices["conversationchangedof"]:
                date, id = self.newest
                anchor = {"firstmessagedate": date, "firstmessageid": id, "firstreportdate": "", "firstreportid": ""}
                reply = await self.call("chatconversation", "download", **self.about(), **anchor)
                for message in reply["messages"][1:]:
                    if message["ID"] not in held:
                        held.add(message["ID"])
                        self.read.put_nowait(decrypt(self.secret, message["Data"])["text"])
                        self.newest = max(self.newest, (message["Created"], message["ID"]))


class Floor:
    """The measurements. Seconds unless they say otherwise."""

    def __init__(self, http: aiohttp.ClientSession, url: str, listener: str, people: list[dict[str, str]]) -> None:
        self.http, self.url, self.listener = http, url, listener
        self.people = [Person(**person) for person in people]
        self.tasks: list[asyncio.Task[None]] = []

    def client(self, number: int) -> Bare:
        return Bare(self.http, self.url, self.listener, self.people[number])

    async def _room(self, size: int) -> list[Bare]:
        """Everybody of a room, listening."""
        clients = [self.client(number) for number in range(size)]
        room = conversation_id([client.person.userid for client in clients])
        for client in clients:
            await client.sign_in()
            await client.enter(room)
        self.tasks = [asyncio.create_task(work()) for client in clients for work in (client.listen, client.follow)]
        await self._calm(clients)
        return clients

    async def _calm(self, clients: list[Bare]) -> None:
        """Until everybody hears what is said, and has all of it."""
        while True:
            await clients[0].say("calm")
            heard = [asyncio.wait_for(client.read.get(), 3) for client in clients]
            if all(word == "calm" for word in await asyncio.gather(*heard, return_exceptions=True)):
                break
        await asyncio.sleep(1)
        for client in clients:
            while not client.read.empty():
                client.read.get_nowait()

    async def echo(self, size: int, times: int) -> list[float]:
        """From saying something to its being open at the one in the middle of the room, while all read."""
        clients = await self._room(size)
        taken = []
        for number in range(times):
            began = time.perf_counter()
            saying = asyncio.create_task(clients[0].say(f"echo {number}"))
            assert await clients[size // 2].read.get() == f"echo {number}"
            taken.append(time.perf_counter() - began)
            await saying
            await asyncio.gather(*(client.read.get() for client in clients if client is not clients[size // 2]))
            await asyncio.sleep(0.2)
        return taken

    async def open(self, size: int, times: int) -> list[float]:
        """The newest page of a room."""
        client = self.client(0)
        await client.sign_in()
        await client.enter(conversation_id([person.userid for person in self.people[:size]]))
        return await timed(client.page, times)

    async def older(self, size: int, pages: int) -> list[float]:
        """Each page of a room, from the newest back."""
        client, taken, before = self.client(0), [], ("", "")
        await client.sign_in()
        await client.enter(conversation_id([person.userid for person in self.people[:size]]))
        for _ in range(pages):
            began = time.perf_counter()
            before = await client.page(before)
            taken.append(time.perf_counter() - began)
        return taken[1:]

    async def list(self, times: int) -> list[float]:
        """The list of the first one's conversations."""
        client = self.client(0)
        await client.sign_in()
        return await timed(client.list, times)

    async def storm(self, people: int) -> list[float]:
        """Everybody at once: Login and the key opened, friends, conversations, a page of one of them, the listener, and
        what a person does who is there."""

        async def come(client: Bare) -> None:
            await client.sign_in()
            _, conversations = await asyncio.gather(client.call("chatfriends", "list"), client.list())
            client.conversation = conversations[0]
            client.secret = client.key.decrypt(base64.b64decode(client.conversation["secret"]), OAEP)
            await client.page()
            self.tasks.append(asyncio.create_task(client.listen()))
            await client.listening.wait()
            await asyncio.gather(
                client.call("chatnotification", "download"), client.call("chatavailability", "useravailable")
            )

        began = time.perf_counter()
        await asyncio.gather(*(come(self.client(number)) for number in range(people)))
        return [time.perf_counter() - began]


async def timed(work: Callable[[], Any], times: int) -> list[float]:
    """How long each of so many takes."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        await work()
        taken.append(time.perf_counter() - began)
    return taken


def floor(sandbox: BigSandbox, work: str, *numbers: int) -> list[float]:
    """Have a process of its own measure `work` against this server."""
    people = [asdict(person) for person in sandbox.crowd[:-2001:-1]]
    asked = {"url": sandbox.url, "listener": sandbox.listener, "people": people, "work": work, "numbers": numbers}
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.floor"],
        input=json.dumps(asked),
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, f"the floor of {work} failed:\n{done.stderr}"
    return [float(each) for each in json.loads(done.stdout)]


async def main(asked: dict[str, Any]) -> list[float]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        bare = Floor(http, asked["url"], asked["listener"], asked["people"])
        taken: list[float] = await getattr(bare, asked["work"])(*asked["numbers"])
        for task in bare.tasks:
            task.cancel()
        await asyncio.gather(*bare.tasks, return_exceptions=True)
        return taken


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(json.load(sys.stdin)))))
