"""How collectstatic gathers and stores the static files."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib.staticfiles.apps import StaticFilesConfig
from django.core.files.base import ContentFile
from rjsmin import jsmin
from servestatic.storage import CompressedManifestStaticFilesStorage

from ozekiweb import joining

COMMENTS_AND_INDENTATION = re.compile(r"/\*.*?\*/|^\s+", re.DOTALL | re.MULTILINE)
LINE_ENDS = re.compile(r" ?([{};])\n")


class StaticFiles(StaticFilesConfig):
    """Without what django-htmx ships beside htmx 2: htmx 4, and extensions (one imports what isn't there)."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "ext", "htmax-*", "htmx-4*"]  # noqa: RUF012 (Django's own)


class HashedFiles(CompressedManifestStaticFilesStorage):
    """Hashed and compressed, with the imports inside JavaScript modules rewritten to the hashed names too.

    What is written for people (comments, indentation) stays here: it is a quarter of what a browser would load.
    """

    support_js_module_import_aggregation = True

    def post_process(self, paths: Mapping[str, tuple[Any, str]], **options: Any) -> Iterator[Any]:
        @functools.cache
        def read(name: str) -> str:
            storage, path = paths[name]
            with storage.open(path) as source:
                return lean(name, source.read().decode())

        homes = joining.homes(read)
        served: dict[str, tuple[Any, str]] = {}
        for name, found in paths.items():
            if name.startswith("js/"):
                served[name] = (Made(joining.script(name, homes, read)), name)
            elif name.startswith("css/"):
                served[name] = (Made(joining.sheet(name, read)), name)
            else:
                served[name] = found
        yield from super().post_process(served, **options)

    def _save(self, name: str, content: Any) -> str:
        if name.endswith((".js", ".css")) and ".min." not in name:
            text = lean(name, b"".join(content.chunks()).decode())
            content = ContentFile((LINE_ENDS.sub(r"\1", text) if name.endswith(".css") else text).encode())
        return str(super()._save(name, content))


class Made:
    """A place to find one file in, as a storage is."""

    def __init__(self, text: str) -> None:
        self.content = text.encode()

    def open(self, _: str) -> ContentFile[bytes]:
        """The file."""
        return ContentFile(self.content)


def lean(name: str, text: str) -> str:
    """A script or a style sheet without what only people read."""
    return str(jsmin(text)) if name.endswith(".js") else COMMENTS_AND_INDENTATION.sub("", text)
