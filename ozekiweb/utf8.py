"""Forms are in UTF-8, as the pages they come from, whatever a request says of itself.

Where it names another encoding, Django fails at reading the form, and again at each page that would say so. Some it
reads as what is no text: half a surrogate pair can't be encoded again.
"""

from __future__ import annotations

from typing import IO, Any

from django.core.handlers.asgi import ASGIRequest


class Request(ASGIRequest):
    """Django's, with one encoding."""

    def __init__(self, scope: dict[str, Any], body_file: IO[bytes]) -> None:
        super().__init__(scope, body_file)
        if self.encoding:
            self.encoding = "utf-8"
