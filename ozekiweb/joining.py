"""What a page loads together travels together: collectstatic joins modules and sheets; the sources stay a file an idea.

A request costs a phone more than the few hundred bytes it asks for. In development browsers load the sources as they
are: joined they mean the same. This knows the one way in which the project writes imports and exports, and says so
where it meets another.
"""

from __future__ import annotations

import functools
import posixpath
import re
from collections.abc import Callable, Mapping

from django.core.exceptions import ImproperlyConfigured

# Each is joined with all that it imports; what two would hold is the first one's. Two of them may not load each other,
# not even one of them by `import()`: a file is named after a hash of what is in it.
ENTRIES = ("js/helpers/htmx.js", "js/app.js", "js/idle.js")

SHEET = re.compile(r'^@import "([^"]+)";\n?', re.MULTILINE)
STATIC = re.compile(r'\bimport\s*(?:\{([^}]*)\}\s*from\s*)?"(\.[^"]+)";?')
PATH = re.compile(r'(\bfrom\s*|\bimport\s*\(?)"(\.[^"]+)"')
EXPORT = re.compile(r"\bexport ((?:const|class|(?:async )?function)\b\s*\*?\s*)(\w+)")
UNKNOWN = re.compile(r"""(?<![.\w"'])(?:import\s*[\w*{"']|export\b).{,30}""")

Read = Callable[[str], str]


def sheet(name: str, read: Read) -> str:
    """The style sheet `name` with those it imports in their places. All lie in one folder, so addresses hold."""
    return SHEET.sub(lambda found: sheet(_named(name, found[1]), read), read(name))


def homes(read: Read) -> dict[str, str]:
    """The entry that each joined module is in, in an order in which every module comes after what it imports.

    `read` gives a source by its name, without comments. Raises ImproperlyConfigured where imports make a circle.
    """
    found: dict[str, str] = {}

    def visit(module: str, entry: str, above: tuple[str, ...]) -> None:
        if module in above:
            raise ImproperlyConfigured(f"{' imports '.join([*above, module])}: such a circle can't be joined.")
        if module not in found:
            for needed in STATIC.finditer(read(module)):
                visit(_named(module, needed[2]), entry, (*above, module))
            found[module] = entry

    for entry in ENTRIES:
        visit(entry, entry, ())
    return found


def script(name: str, homes: Mapping[str, str], read: Read) -> str:
    """The module `name` as it is served. Raises ImproperlyConfigured for an import or export that can't be joined."""
    if name not in ENTRIES:
        return _pointed(name, name, read(name), homes)
    modules = [module for module, home in homes.items() if home == name]
    here = {module: f"m{number}" for number, module in enumerate(modules)}
    outside: dict[str, str] = {}
    exported: dict[str, str] = {}
    bodies = []

    def imported(module: str, found: re.Match[str]) -> str:
        source = _named(module, found[2])
        alias = here.get(source) or outside.setdefault(homes.get(source, source), f"o{len(outside)}")
        return f"const{{{(found[1] or '').replace(' as ', ':')}}}={alias};"

    for module, alias in here.items():
        exports = [found[2] for found in EXPORT.finditer(read(module))]
        body = STATIC.sub(functools.partial(imported, module), EXPORT.sub(r"\1\2", read(module)))
        if odd := UNKNOWN.search(body):
            raise ImproperlyConfigured(f"{module}: {odd[0]!r} can't be joined.")
        if twice := exported.keys() & set(exports):
            raise ImproperlyConfigured(f"{module}: another module of {name} exports {', '.join(twice)}, too.")
        exported |= dict.fromkeys(exports, alias)
        body = _pointed(module, name, body, homes)
        bodies.append(f"const {alias}=(()=>{{{body}\nreturn{{{','.join(exports)}}}}})();")
    heads = [f'import*as {alias} from"{_path(name, source)}";' for source, alias in outside.items()]
    tails = [f"export const {{{export}}}={alias};" for export, alias in exported.items()]
    return "\n".join([*heads, *bodies, *tails, ""])


def _pointed(module: str, name: str, text: str, homes: Mapping[str, str]) -> str:
    """The text of `module` as it stands in the file `name`, with the paths of its imports changed to fit."""

    def pointed(found: re.Match[str]) -> str:
        source = _named(module, found[2])
        return f'{found[1]}"{_path(name, homes.get(source, source))}"'

    return PATH.sub(pointed, text)


def _named(module: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(module), path))


def _path(name: str, other: str) -> str:
    path = posixpath.relpath(other, posixpath.dirname(name))
    return path if path.startswith(".") else f"./{path}"
