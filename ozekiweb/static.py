"""How collectstatic gathers and stores the static files."""

from __future__ import annotations

from django.contrib.staticfiles.apps import StaticFilesConfig
from servestatic.storage import CompressedManifestStaticFilesStorage


class StaticFiles(StaticFilesConfig):
    """Without what django-htmx ships beside htmx 2: htmx 4, and extensions (one imports what isn't there)."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "ext", "htmax-*", "htmx-4*"]  # noqa: RUF012 (Django's own)


class HashedFiles(CompressedManifestStaticFilesStorage):
    """Hashed and compressed, with the imports inside JavaScript modules rewritten to the hashed names too."""

    support_js_module_import_aggregation = True
