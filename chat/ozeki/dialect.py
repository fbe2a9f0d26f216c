"""Every guess about what Ozeki does not document, as one frozen value read from a TOML file.

The tables and fields are named as in the file. A field's annotation is its rule, and the only one: `Literal` lists what
is allowed, `Template` the placeholders, `Between` the range, and `NAME` is a string that is not empty. `Dialect()` is
all the defaults.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from chat.ozeki.errors import DialectError

T = TypeVar("T")

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")


class Template:
    """A rule for strings: of what stands in braces, only these placeholders."""

    def __init__(self, *names: str) -> None:
        self.placeholders = [f"{{{name}}}" for name in names]
        self.allowed = f"text with any of {' '.join(self.placeholders)}"

    def __call__(self, value: str) -> bool:
        return set(_PLACEHOLDER.findall(value)) <= set(self.placeholders)


class Between:
    """A rule for whole numbers: in this range, ends included."""

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high
        self.allowed = f"a whole number from {low} to {high}"

    def __call__(self, value: int) -> bool:
        return self.low <= value <= self.high


class NotEmpty:
    """A rule for strings: at least one character."""

    allowed = "text that is not empty"

    def __call__(self, value: str) -> bool:
        return value != ""


NAME = Annotated[str, NotEmpty()]
TEN_YEARS = 10 * 366 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Apikey:
    """How the key that Login sends is made of what the person types. `none`: the password is the key itself."""

    digest: Literal["md5", "sha1", "sha256", "sha512", "none"] = "sha256"
    template: Annotated[str, Template("email", "password", "userid")] = "{email}:{password}"


@dataclass(frozen=True, slots=True)
class Signature:
    """What the `Ozeki-Signature` header holds, and over which bytes."""

    scheme: Literal["rsa-sha256", "rsa-sha1", "rsa-md5", "hmac-sha256", "hmac-sha1", "hmac-md5", "none"] = "rsa-sha256"
    encoding: Literal["base64", "hex"] = "base64"
    over: Literal["body", "timestamp+body"] = "body"


@dataclass(frozen=True, slots=True)
class Key:
    """What opens the private key that the login reply carries."""

    passphrase: Annotated[
        str, Template("password", "email", "apikey", "encryption_password", "md5:password", "sha256:password")
    ] = "{password}"  # noqa: S105  # a template, not a password


@dataclass(frozen=True, slots=True)
class Secret:
    """How a conversation's key is wrapped for one person."""

    padding: Literal["oaep-sha1", "oaep-sha256", "pkcs1v15"] = "oaep-sha1"
    encoding: Literal["raw", "hex", "base64"] = "raw"


@dataclass(frozen=True, slots=True)
class Message:
    """How a message's `Data` is encrypted and what its plaintext looks like; `validfor` in seconds."""

    cipher: Literal["aes-256-cbc", "aes-256-cfb", "aes-256-ctr", "aes-256-gcm"] = "aes-256-cbc"
    format: Literal["json", "text"] = "json"
    sender: NAME = "sender"
    text: NAME = "text"
    validfor: Annotated[int, Between(1, TEN_YEARS)] = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Report:
    """The JSON keys inside a report's plaintext."""

    sender: NAME = "sender"
    messageid: NAME = "messageid"


@dataclass(frozen=True, slots=True)
class Listener:
    """Where the change notices come from, and the first frame sent there (empty: none)."""

    url: Literal["auto", "off"] = "auto"
    hello: Annotated[str, Template("station", "userid")] = "{station}"


@dataclass(frozen=True, slots=True)
class Paging:
    """The four anchors of the first Partial download."""

    first: Literal["empty", "omit", "now"] = "empty"


@dataclass(frozen=True, slots=True)
class Hide:
    """What Hide sends as `hideid`."""

    id: Annotated[str, Template("instance", "lastmessageid")] = "{instance};{lastmessageid}"


@dataclass(frozen=True, slots=True)
class Action:
    """One state a person can choose: the API's action, its label, and the availability it results in."""

    action: NAME
    label: NAME
    value: NAME


@dataclass(frozen=True, slots=True)
class Availability:
    """The states a person can choose from."""

    actions: tuple[Action, ...] = (Action("useravailable", "Available", "available"),)


@dataclass(frozen=True, slots=True)
class Dialect:
    """All tables of the dialect; `Dialect()` is the default one."""

    apikey: Apikey = field(default_factory=Apikey)
    signature: Signature = field(default_factory=Signature)
    key: Key = field(default_factory=Key)
    secret: Secret = field(default_factory=Secret)
    message: Message = field(default_factory=Message)
    report: Report = field(default_factory=Report)
    listener: Listener = field(default_factory=Listener)
    paging: Paging = field(default_factory=Paging)
    hide: Hide = field(default_factory=Hide)
    availability: Availability = field(default_factory=Availability)

    def __post_init__(self) -> None:
        """Refuse the one thing no single field can see. Raises DialectError."""
        if self.message.sender.lower() == self.message.text.lower():
            raise DialectError(f"message.sender and message.text are both {self.message.text!r}; they must differ")


def load(path: Path | str) -> Dialect:
    """Return the dialect in this TOML file. Raises DialectError, which names the file and the field."""
    try:
        return parse(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:  # whose own words have the path again
        raise DialectError(f"{path}: {error.strerror}") from error
    except (UnicodeDecodeError, DialectError) as error:
        raise DialectError(f"{path}: {error}") from error


def parse(toml: str) -> Dialect:
    """Return the dialect in this TOML text; what it leaves out has its default. Raises DialectError."""
    try:
        document = tomllib.loads(toml)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise DialectError(f"not valid TOML: {error}") from error
    return _table(Dialect, document, "")


def fill(template: str, values: Mapping[str, str]) -> str:
    """Return the template with each `{name}` of `values` replaced, once: what a value holds is not looked at again."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[0][1:-1], match[0]), template)


def _table(kind: type[T], value: object, where: str) -> T:
    if not isinstance(value, dict):
        raise DialectError(f"{where} is {value!r}; it must be a table")
    rules = get_type_hints(kind, include_extras=True)
    prefix = f"{where}." if where else ""
    for name in value:
        if name not in rules:
            raise DialectError(f"{prefix}{name} is unknown; {where or 'a dialect'} may hold {', '.join(rules)}")
    for each in fields(kind):  # type: ignore[arg-type]  # every kind here is a dataclass
        if each.name not in value and each.default is MISSING and each.default_factory is MISSING:
            raise DialectError(f"{prefix}{each.name} is missing")
    return kind(**{name: _value(rules[name], item, prefix + name) for name, item in value.items()})


def _value(rule: Any, value: object, where: str) -> object:
    """Return `value` as the annotation `rule` wants it. Raises DialectError."""
    arguments = get_args(rule)
    if isinstance(rule, type) and is_dataclass(rule):
        return _table(rule, value, where)
    if get_origin(rule) is tuple:
        if not isinstance(value, list):
            raise DialectError(f"{where} is {value!r}; it must be a list")
        return tuple(_value(arguments[0], item, f"{where}[{n}]") for n, item in enumerate(value))
    if get_origin(rule) is Literal:
        fits, allowed = isinstance(value, str) and value in arguments, " ".join(arguments)
    else:
        kind, check = arguments
        fits, allowed = type(value) is kind and check(value), check.allowed
    if not fits:
        raise DialectError(f"{where} is {value!r}; allowed: {allowed}")
    return value
