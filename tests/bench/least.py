"""What passes before any portal has done anything: Django's and Daphne's part of a page, Chromium's part of a message.

Run as a program with a port it is the least chat there can be: what a page posts is at once in every page.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from aiohttp import web

from tests.bench import pages
from tests.bench.floor import floor
from tests.bench.opening import ROOM, asked, in_ms
from tests.bench.rest import at_rest
from tests.bench.server import Town
from tests.bench.stage import chrome, stage
from tests.bench.table import Line, Run
from tests.processes import Service, answers, free_port

PAGE = """<!doctype html>
<meta charset="utf-8">
<ul></ul>
<textarea></textarea>
<script>
  const [list, box] = document.querySelectorAll("ul, textarea");
  const socket = new WebSocket(`ws://${location.host}/live/`);
  socket.onopen = () => (document.title = "live");
  socket.onmessage = ({ data }) => {
    const row = document.createElement("li");
    row.textContent = data;
    list.append(row);
  };
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    fetch("/", { method: "POST", body: box.value });
    box.value = "";
  });
</script>
"""


class LeastChat(Service):
    """That program."""

    name = "least chat"

    def __init__(self) -> None:
        super().__init__()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.spawn([sys.executable, "-m", "tests.bench.least", str(self.port)])
        self.wait_for(lambda: answers(self.port, self.url))


def measure(run: Run) -> Iterator[Line]:
    """An empty page of the portal beside what opening a conversation asks of the server, and a message of the least
    chat beside what one to one other asks of it."""
    rounds, times = (1, 20) if run.quick else (5, 40)
    opened, empty, told, carried = [], [], [], []
    with stage(Town(2 * ROOM, rooms=[ROOM, 2])) as here, LeastChat() as least, chrome() as browser:
        writer, reader = browser.new_page(), browser.new_page()
        for page in (writer, reader):
            page.goto(least.url)
            page.wait_for_function("document.title === 'live'")
        for _ in range(rounds):
            here.settle()
            opened.append(floor(here.sandbox, "open", ROOM, times))
            empty.append(asked(here, "", "/livez", times))
            told.append(floor(here.sandbox, "echo", 2, times // 2))
            carried.append(pages.echoes(writer, writer.locator("textarea"), reader, times // 2, lambda: at_rest(least)))
    yield Line("A page of the portal with nothing in it (/livez)", "ms", in_ms(empty), in_ms(opened))
    yield Line("Send → in the other page of the least chat there can be", "ms", carried, in_ms(told))


def application() -> web.Application:
    """The least chat."""
    sockets: set[web.WebSocketResponse] = set()

    async def live(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        sockets.add(socket)
        async for _ in socket:
            pass
        sockets.discard(socket)
        return socket

    async def say(request: web.Request) -> web.Response:
        words = await request.text()
        for socket in sockets:
            await socket.send_str(words)
        return web.Response()

    async def page(_: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    async def alive(_: web.Request) -> web.Response:
        return web.Response()

    chat = web.Application()
    chat.add_routes([web.get("/", page), web.post("/", say), web.get("/live/", live), web.get("/livez", alive)])
    return chat


if __name__ == "__main__":
    web.run_app(application(), host="127.0.0.1", port=int(sys.argv[1]), print=None)
