"""What can go wrong when talking to Ozeki, as one tree.

    OzekiError
    ├── Unreachable              no usable answer: DNS, TCP, TLS, a cut line, 5xx
    │   └── TimedOut             … because it took too long
    ├── Refused                  the server said no; `.message` is its errormessage
    │   └── SignInRefused        … to Login
    ├── StaleConversation        the conversation's `instance` changed: another device cleared it
    ├── Misunderstood            an answer that is not what the protocol says
    └── Locked                   something that can't be decrypted; `.cause` says what
    ValueError
    └── DialectError             a malformed dialect file; at start-up only

Texts describe shapes and causes, never content: they may be logged.
"""

from __future__ import annotations

# One sentence for every failure to decrypt: which step failed is nobody's business (padding oracles live off that).
CANNOT_DECRYPT = "This can't be decrypted with the conversation's key."


class OzekiError(Exception):
    """Any failure of a conversation with the Ozeki server."""


class Unreachable(OzekiError):
    """No usable answer came. Whether the server acted on the call is unknown."""


class TimedOut(Unreachable):
    """No answer came in time. Whether the server acted on the call is unknown."""


class Refused(OzekiError):
    """The server answered and said no.

    `message` is the server's own `errormessage`: for the person, as plain text; never for a log.
    """

    def __init__(self, message: str) -> None:
        super().__init__("the server refused")
        self.message = message


class SignInRefused(Refused):
    """The server did not accept the apikey. Never retried on its own."""


class StaleConversation(OzekiError):
    """The conversation's `instance` is no longer the one held: reload it."""


class Misunderstood(OzekiError):
    """The answer is not what the protocol says. The text describes its shape, never its content."""


class Locked(OzekiError):
    """Something that can't be decrypted. `cause` is a sentence for the person."""

    def __init__(self, cause: str = CANNOT_DECRYPT) -> None:
        super().__init__(cause)
        self.cause = cause


class DialectError(ValueError):
    """A dialect that can't be used; the text names the field, what it holds and what is allowed."""
