"""Reads the environment: every variable also as NAME_FILE (a path to its value), every mistake reported at once."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
T = TypeVar("T")


class Environment:
    """Typed reads of `variables`. A bad value becomes a line in `problems` and its default is used, until `finish`."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = variables
        self.names: list[str] = []  # every name asked for, so that a test can hold the documents to it
        self.problems: list[str] = []

    def read(self, name: str, default: T, convert: Callable[[str], T]) -> T:
        """The converted value of `name` or of the file `name`_FILE points to; `default` when unset or empty."""
        self.names.append(name)
        value, path = (self.variables.get(key, "").strip() for key in (name, f"{name}_FILE"))
        if value and path:
            self.problems.append(f"{name}: is set twice, {name}_FILE being set too.")
        try:
            value = value or (Path(path).read_text(encoding="utf-8").strip() if path else "")
            return convert(value) if value else default
        except OSError as error:
            self.problems.append(f"{name}_FILE: cannot be read ({error.strerror}).")
        except ValueError as error:  # never the value itself: it may be a secret
            self.problems.append(f"{name}: {error}.")
        return default

    def text(self, name: str, default: str = "") -> str:
        return self.read(name, default, str)

    def flag(self, name: str) -> bool:
        return self.read(name, False, _flag)

    def number(self, name: str, default: int, *, within: range) -> int:
        return self.read(name, default, lambda value: _number(value, within))

    def path(self, name: str, default: Path | None = None) -> Path | None:
        return self.read(name, default, Path)

    def url(self, name: str, schemes: Collection[str], default: str = "", *, host: bool = True) -> str:
        """`host` False: one that may name a file or a socket of this machine instead."""
        return self.read(name, default, lambda value: _url(value, schemes, host=host))

    def origin(self, name: str, default: str = "") -> str:
        return self.read(name, default, origin)

    def origins(self, name: str) -> list[str]:
        return self.read(name, [], lambda value: [origin(item) for item in _items(value)])

    def items(self, name: str) -> list[str]:
        return self.read(name, [], _items)

    def networks(self, name: str) -> list[Network]:
        return self.read(name, [], lambda value: [ipaddress.ip_network(item) for item in _items(value)])

    def finish(self) -> None:
        """Raise ImproperlyConfigured with one line for each bad variable, if there is any."""
        if self.problems:
            raise ImproperlyConfigured("\n".join(["These variables are not right:", *self.problems]))


def origin(value: str) -> str:
    """`https://Chat.Example.org:443/` as browsers write it, `https://chat.example.org`; ValueError if it is not one."""
    parts = urlsplit(_url(value, ("http", "https")))
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        raise ValueError("should be an origin such as https://chat.example.org, without a path")
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    standard = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in (None, standard) else "")


def _flag(value: str) -> bool:
    try:
        return {"true": True, "false": False, "1": True, "0": False}[value.lower()]
    except KeyError:
        raise ValueError("should be true or false") from None


def _number(value: str, within: range) -> int:
    if not value.isascii() or not value.isdigit() or int(value) not in within:
        raise ValueError(f"should be a whole number from {within.start} to {within.stop - 1}")
    return int(value)


def _url(value: str, schemes: Collection[str], *, host: bool = True) -> str:
    try:
        parts = urlsplit(value)
        fits = parts.scheme in schemes and bool(parts.hostname or not host) and parts.port != 0
    except ValueError:  # its words repeat what stands where a port should: part of a password, maybe
        fits = False
    if not fits:
        raise ValueError(f"should be a URL that begins with {' or '.join(f'{scheme}://' for scheme in schemes)}")
    return value


def _items(value: str) -> list[str]:
    return [item.strip() for item in value.split(",") if item.strip()]
