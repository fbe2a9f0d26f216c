"""A session at the sandbox that a real browser made and recorded, and what `ozeki learn` makes of the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from chat.meeting import trace
from chat.meeting.learning import learn
from chat.meeting.person import Person
from chat.ozeki.dialect import Dialect
from tests.processes import Person as Account
from tests.processes import Sandbox
from tests.sandbox.raw import Device

FETCH = """async ([url, headers, body]) => {
    const response = await fetch(url, {method: "POST", headers, body});
    return [response.status, response.headers.get("Content-Type"), await response.text()];
}"""
LISTEN = """([url, hello]) => new Promise((resolve) => {
    const socket = new WebSocket(url);
    socket.onopen = () => socket.send(hello);
    socket.onmessage = (event) => { socket.close(); resolve(event.data); };
})"""


class Answer:
    """What `Device` looks at in a response."""

    def __init__(self, status: int, kind: str) -> None:
        self.status, self.kind = status, kind

    def getheader(self, name: str) -> str:
        return self.kind


class PageDevice(Device):
    """A device whose calls a page of the server's own site makes."""

    def __init__(self, tab: Page, sandbox: Sandbox, person: Account) -> None:
        self.tab = tab
        super().__init__(sandbox, person)

    def send(self, api: str, body: bytes, **_: Any) -> Any:
        headers = {"Content-Type": "application/json", "Ozeki-Station": self.station}
        if api not in ("chatlogin", "chatnotification"):
            headers |= {"Ozeki-User": self.person.userid, "Ozeki-Signature": self.sign(body)}
        url = f"{self.sandbox.url}?srv=chatserver&api={api}"
        status, kind, text = self.tab.evaluate(FETCH, [url, headers, body.decode()])
        return Answer(status, kind), text.encode()


def test_what_a_browser_records_is_learnt_from(
    browser: Browser, sandbox: Sandbox, alice: Account, bob: Account, tmp_path: Path
) -> None:
    path = tmp_path / "session.har"
    context = browser.new_context(record_har_path=path, record_har_content="embed")
    page = context.new_page()
    page.goto(sandbox.url)
    device = PageDevice(page, sandbox, alice)
    conversation = device.conversation(bob)
    device.page(conversation)
    device.add(conversation, "Őri-Tűzkő says hello 👋")
    sandbox.control("say", {"from": bob.email, "to": alice.email, "text": "And Bob answers."})
    assert page.evaluate(LISTEN, [sandbox.listener, device.station]) == "changed"
    device.since(conversation)
    context.close()

    found = {
        finding.field: finding for finding in learn(trace.read(path), Person(alice.email, alice.password), Dialect())
    }
    sure = {name: finding.sure for name, finding in found.items()}
    assert sure["apikey.digest"] == sure["signature.scheme"] == sure["key.passphrase"] == "certain"
    assert sure["secret.padding"] == sure["message.validfor"] == sure["paging.first"] == "certain"
    assert sure["message.cipher"] == sure["message.sender"] == sure["message.text"] == "likely"
    assert sure["report.sender"] == sure["report.messageid"] == "likely"
    assert found["listener.hello"].value == "{station}"
