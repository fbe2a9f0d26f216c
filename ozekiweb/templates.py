"""How templates are loaded."""

from __future__ import annotations

import re

from django.template import Origin
from django.template.loaders import filesystem

INDENTATION = re.compile(r"\n\s+")


class Loader(filesystem.Loader):
    """Pages without their indentation, as style sheets and scripts are: where one space would do, a line's end does."""

    def get_contents(self, origin: Origin) -> str:
        """The template's text."""
        text = super().get_contents(origin)
        return INDENTATION.sub("\n", text) if origin.name.endswith(".html") else text
