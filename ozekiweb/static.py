"""How collectstatic gathers and stores the static files."""

from __future__ import annotations

import re
from typing import Any

from django.contrib.staticfiles.apps import StaticFilesConfig
from django.core.files.base import ContentFile
from rjsmin import jsmin
from servestatic.storage import CompressedManifestStaticFilesStorage

COMMENTS_AND_INDENTATION = re.compile(r"/\*.*?\*/|^\s+", re.DOTALL | re.MULTILINE)


class StaticFiles(StaticFilesConfig):
    """Without what django-htmx ships beside htmx 2: htmx 4, and extensions (one imports what isn't there)."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "ext", "htmax-*", "htmx-4*"]  # noqa: RUF012 (Django's own)


class HashedFiles(CompressedManifestStaticFilesStorage):
    """Hashed and compressed, with the imports inside JavaScript modules rewritten to the hashed names too.

    What is written for people (comments, indentation) stays here: it is a quarter of what a browser would load.
    """

    support_js_module_import_aggregation = True

    def _save(self, name: str, content: Any) -> str:
        if name.endswith((".js", ".css")) and ".min." not in name:
            content = ContentFile(lean(name, b"".join(content.chunks()).decode()).encode())
        return str(super()._save(name, content))


def lean(name: str, text: str) -> str:
    """A script or a style sheet without what only people read."""
    return str(jsmin(text)) if name.endswith(".js") else COMMENTS_AND_INDENTATION.sub("", text)
