"""What the portal process sends beside the pages themselves: static files, and the headers around everything."""

from __future__ import annotations

import json
import re
import time
from contextlib import closing
from http.client import HTTPConnection
from statistics import median

import pytest

from tests.browser.steps import conversation_of
from tests.processes import Portal
from tests.visitor import Visitor

LOOK = 0.05  # seconds, as in ozekiweb/serve.py


@pytest.fixture
def get(portal: Portal):
    def fetch(path, method="GET", **headers):
        with closing(HTTPConnection("127.0.0.1", portal.port, timeout=10)) as connection:
            connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
            response = connection.getresponse()
            return response, response.read()

    return fetch


def static_files(page: bytes) -> list[str]:
    return re.findall(r'(?:href|src)="(/static/[^"]+)"', page.decode())


def test_static_files_are_hashed_compressed_and_kept_for_long(get):
    _, page = get("/sign-in/")
    files = static_files(page)
    assert files
    for path in files:
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", path)
        response, _ = get(path, Accept_Encoding="gzip")
        assert response.status == 200
        assert "immutable" in response.headers["Cache-Control"]
        small = int(response.headers["Content-Length"]) < 2000
        assert response.headers["Content-Encoding"] == "gzip" or small or path.endswith(".png")
        assert "Access-Control-Allow-Origin" not in response.headers


def test_of_a_static_file_one_may_have_a_part_its_head_or_that_it_is_the_same(get):
    path = static_files(get("/sign-in/")[1])[0]
    whole, content = get(path)
    part, some = get(path, Range="bytes=5-14")
    assert (part.status, some) == (206, content[5:15])
    head, nothing = get(path, "HEAD")
    assert (head.status, head.headers["Content-Length"], nothing) == (200, str(len(content)), b"")
    same, nothing = get(path, If_None_Match=whole.headers["ETag"])
    assert (same.status, nothing) == (304, b"")
    assert get(path, Range="bytes=999999999-")[0].status == 416
    assert get(path, "POST")[0].status == 405


def test_modules_import_each_other_by_their_hashed_names(get, portal):
    manifest = json.loads((portal.data_dir / "static" / "staticfiles.json").read_text())
    _, script = get("/static/" + manifest["paths"]["js/app.js"])
    imported = re.findall(r"""(?:from|import)\s*\(?["'](\./[^"']+)["']""", script.decode())
    assert imported
    assert [path for path in imported if not re.search(r"\.[0-9a-f]{12}\.js$", path)] == []
    for path in imported:
        response, _ = get("/static/js/" + path.removeprefix("./"))
        assert response.status == 200


def test_pages_are_compressed_and_static_paths_that_are_not_there_are_no_files(get):
    response, _ = get("/sign-in/", Accept_Encoding="gzip")
    assert response.headers["Content-Encoding"] == "gzip"
    assert get("/static/../manage.py")[0].status == 404
    assert get("/static/%2e%2e/manage.py")[0].status == 404


def test_a_large_page_takes_no_longer_than_making_and_sending_it(portal, sandbox):
    """It used to stay for a look at whether the browser reads, though that had taken all of it long before."""
    talk = conversation_of(sandbox.people["alice"], sandbox.people["arpad"])
    with closing(Visitor(portal)) as visitor:
        visitor.sign_in(sandbox.people["alice"])
        first = visitor.open(talk).messages[0]

        def taken(encoding):
            began, headers = time.perf_counter(), {"Accept-Encoding": encoding}
            page = visitor.http.get(f"/conversations/{talk}/?before={first.id}&at={first.created}", headers=headers)
            return time.perf_counter() - began, len(page.content)

        pairs = [(taken("identity"), taken("gzip")) for _ in range(15)]
    assert pairs[0][0][1] > 2**16  # more than is kept for a browser that does not read
    assert median(large - small for (large, _), (small, _) in pairs) < LOOK / 2


def test_a_page_may_load_from_here_alone_and_nowhere_be_framed(get):
    response, _ = get("/sign-in/")
    policy = {directive.strip() for directive in response.headers["Content-Security-Policy"].split(";")}
    assert policy == {
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "media-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    }
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "Server" not in response.headers
    assert "Strict-Transport-Security" not in response.headers


def test_a_foreign_host_name_is_refused(get):
    assert get("/sign-in/", Host="evil.example")[0].status == 400
    assert get("/sign-in/", Host="localhost")[0].status == 200


def test_an_https_site_offers_hsts_and_secure_cookies_though_its_proxy_speaks_http(sandbox, data_dir):
    with (
        Portal(sandbox.url, data_dir, SITE_URL="https://chat.example.org") as portal,
        closing(HTTPConnection("127.0.0.1", portal.port, timeout=10)) as connection,
    ):
        connection.request("GET", "/sign-in/", headers={"Host": "chat.example.org"})
        response = connection.getresponse()
        response.read()
    assert response.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert re.match("__Host-csrftoken=.*; HttpOnly; .*Secure", response.headers["Set-Cookie"])
