from __future__ import annotations

import inspect

from chat.ozeki import errors


def test_the_docstring_prints_the_tree_as_it_is():
    stack, printed = [], {}
    for line in errors.__doc__.splitlines():
        if line.startswith("    ") and line.strip():
            bare = line.lstrip(" │├└─")
            depth = (len(line) - len(bare)) // 4
            stack[depth - 1 :] = [bare.split()[0]]
            printed[stack[-1]] = stack[-2] if depth > 1 else None
    classes = {
        name: cls for name, cls in inspect.getmembers(errors, inspect.isclass) if cls.__module__ == errors.__name__
    }
    roots = {"OzekiError", "ValueError"}
    assert {name for name, parent in printed.items() if parent is None} == roots
    assert printed.keys() - {"ValueError"} == classes.keys()
    for name, cls in classes.items():
        assert cls.__base__.__name__ == (printed[name] or "Exception")


def test_a_refusal_keeps_the_servers_words_out_of_its_own_text():
    refusal = errors.Refused("alice@example.org may not")
    assert refusal.message == "alice@example.org may not"
    assert "alice" not in str(refusal)


def test_locked_has_one_cause_unless_told_otherwise():
    assert errors.Locked().cause == errors.CANNOT_DECRYPT == str(errors.Locked())
    assert errors.Locked("The key.").cause == "The key."
