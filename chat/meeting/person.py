"""What is known of the person whose account is looked at."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

# A template's placeholder → the attribute it takes; those not named here are attributes themselves.
_SOURCES = {"userid": "email", "md5:password": "password", "sha256:password": "password"}


@dataclass(frozen=True, slots=True)
class Person:
    """What was typed, and the apikey. "" is what nobody told."""

    email: str
    password: str = field(default="", repr=False)
    encryption_password: str = field(default="", repr=False)
    apikey: str = field(default="", repr=False)

    def knows(self, template: str) -> bool:
        """Tell whether everything that this template of the dialect asks for is known."""
        names = re.findall(r"\{([^{}]*)\}", template)
        return all(getattr(self, _SOURCES.get(name, name)) for name in names)
