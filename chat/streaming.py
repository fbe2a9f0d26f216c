"""Answers that are sent while they are being made, so that nothing has to be held whole."""

from __future__ import annotations

import zlib
from collections.abc import AsyncGenerator
from contextlib import aclosing

from django.http import HttpRequest, StreamingHttpResponse
from django.utils.cache import patch_vary_headers

GZIP = zlib.MAX_WBITS | 16


def streamed(request: HttpRequest, pieces: AsyncGenerator[str], *, content_type: str) -> StreamingHttpResponse:
    """The pieces as one answer, each sent as it comes. Whoever hangs up ends the making of further ones.

    It is compressed here: Django's middleware would make each piece a gzip file of its own, and many clients read only
    the first.
    """
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = StreamingHttpResponse(_bytes(pieces, packed=packed), content_type=content_type)
    response["X-Accel-Buffering"] = "no"  # nginx would collect what is to be seen as it comes
    patch_vary_headers(response, ("Accept-Encoding",))
    if packed:
        response["Content-Encoding"] = "gzip"
    return response


async def _bytes(pieces: AsyncGenerator[str], *, packed: bool) -> AsyncGenerator[bytes]:
    gzip = zlib.compressobj(wbits=GZIP)
    async with aclosing(pieces):
        async for piece in pieces:
            content = piece.encode()
            yield gzip.compress(content) + gzip.flush(zlib.Z_SYNC_FLUSH) if packed else content
    if packed:
        yield gzip.flush()
