"""The site file for nginx as it is, with TLS, in front of a portal; tests/several has it in front of two."""

from __future__ import annotations

import re
import sqlite3
import subprocess
from contextlib import closing

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import browser, new_page, page_for
from tests.browser.steps import conversation_of, open_conversation, row, write
from tests.engines import SITE, Nginx, need
from tests.processes import METRICS_TOKEN, Portal, free_port, wait_until

__all__ = ["browser", "new_page", "page_for"]
# The service worker is not for a certificate of nobody's.
pytestmark = pytest.mark.console("An SSL certificate error occurred when fetching the script")


class Secure(Nginx):
    """nginx with all of the site file: its TLS, and its redirect from http."""

    def __init__(self, port):
        super().__init__(port)
        self.url = f"https://127.0.0.1:{port}"
        self.plain = free_port()

    def _site(self):
        certificate, key = self.folder / "fullchain.pem", self.folder / "privkey.pem"
        made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-days", "2"]
        subprocess.run([*made, "-out", certificate, "-keyout", key], check=True, capture_output=True)
        text = SITE.read_text(encoding="utf-8")
        for words, ours in (
            (r" *listen \[::\].*\n", ""),
            ("listen 80;", f"listen 127.0.0.1:{self.plain};"),
            ("listen 443 ", f"listen 127.0.0.1:{self.port} "),
            ("chat.example.org", f"127.0.0.1:{self.port}"),
            (rf"server_name 127.0.0.1:{self.port}", "server_name 127.0.0.1"),
            ("/etc/ssl/ozeki-web", str(self.folder)),
            ("/var/log/nginx", str(self.folder)),
            (r"(    server 127\.0\.0\.1:\d+;\n)+", f"    server 127.0.0.1:{self.portals[0].port};\n"),
        ):
            text, found = re.subn(words, ours, text)
            assert found, words
        return text

    def ask(self, path, method="GET", **options):
        with httpx.Client(base_url=self.url, verify=False, trust_env=False, timeout=30) as client:
            return client.request(method, path, **options)

    def is_alive(self):
        try:
            return self.ask("/livez").status_code == 200
        except httpx.TransportError:
            return False


@pytest.fixture(scope="module")
def nginx(_fresh_sandbox, _sandbox_process, tmp_path_factory):
    need("nginx")
    front = Secure(free_port())
    variables = {"SITE_URL": front.url, "TRUSTED_PROXIES": "127.0.0.1", "METRICS_TOKEN": METRICS_TOKEN}
    with Portal(_sandbox_process.url, tmp_path_factory.mktemp("secure"), **variables) as portal:
        front.portals = [portal]
        with front:
            yield front


@pytest.fixture
def portal(sandbox, nginx):
    """Where the browser goes."""
    return nginx


def test_people_sign_in_through_it_and_hear_each_other(page_for, nginx, alice, bob):
    talk = conversation_of(alice, bob)
    pages = [page_for(person, ignore_https_errors=True) for person in (alice, bob)]
    for page in pages:
        open_conversation(page, talk)
    write(pages[0], "Through nginx and TLS")
    expect(row(pages[1], "Through nginx and TLS")).to_be_visible()
    (cookie,) = [cookie for cookie in pages[0].context.cookies() if "csrf" not in cookie["name"]]
    assert cookie["secure"]
    assert cookie["name"].startswith("__Host-")


def test_plain_http_leads_to_https(nginx):
    answer = httpx.get(f"http://127.0.0.1:{nginx.plain}/people/?q=a", trust_env=False)
    assert (answer.status_code, answer.headers["Location"]) == (301, f"{nginx.url}/people/?q=a")


def test_scripts_come_compressed_and_are_kept_for_a_year(nginx):
    path = re.search(r'"?(/static/[^" >]+\.(?:js|css))', nginx.ask("/sign-in/").text)[1]
    answer = nginx.ask(path)
    assert answer.headers["Content-Encoding"] in ("br", "gzip", "zstd")
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/readyz", "/metrics"])
def test_what_machines_ask_is_not_for_the_world(nginx, path):
    assert nginx.ask(path, headers={"Authorization": f"Bearer {METRICS_TOKEN}"}).status_code == 404


def test_a_body_larger_than_any_is_refused(nginx):
    assert nginx.ask("/sign-in/", "POST", content=b"x" * (3 * 1024 * 1024 + 1)).status_code == 413


def test_both_logs_have_a_request_under_one_id_that_the_browser_did_not_choose(nginx):
    id = nginx.ask("/sign-in/?q=a-secret", headers={"X-Request-ID": "chosen"}).headers["X-Request-ID"]
    log = nginx.folder / "ozeki-web.log"
    wait_until(lambda: id in log.read_text(), "nginx's line")
    wait_until(lambda: id in nginx.portals[0].output(), "the portal's line")
    said = log.read_text()
    assert "chosen" not in said + nginx.portals[0].output()
    assert "a-secret" not in said


def test_people_are_known_by_the_address_that_nginx_saw(nginx, alice):
    elsewhere = httpx.HTTPTransport(local_address="127.0.0.9", verify=False)
    headers = {"X-Forwarded-For": "203.0.113.9", "Origin": nginx.url}
    with httpx.Client(base_url=nginx.url, transport=elsewhere, headers=headers, timeout=30) as client:
        token = re.search(r'data-csrf="([^"]+)"', client.get("/sign-in/").text)[1]
        form = {"email": alice.email, "password": alice.password, "csrfmiddlewaretoken": token}
        form |= {"encryption_password": alice.encryption_password}
        assert client.post("/sign-in/", data=form).status_code == 303
    with closing(sqlite3.connect(nginx.portals[0].data_dir / "portal.sqlite3")) as database:
        (address,) = database.execute("select address from chat_signin order by created desc").fetchone()
    assert address == "127.0.0.9"
