from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chat.forms import LONGEST_MESSAGE, SignInForm, message_trouble, named_time

ID = "8f14e45f-ceea-4167-a5a8-1bd2c8b1f4aa"


@pytest.mark.parametrize("text", ["x", "🌻" * LONGEST_MESSAGE, "\n\n.\n"])
def test_a_sound_message_has_no_trouble(text):
    assert message_trouble(text, ID) == ""


@pytest.mark.parametrize(
    ("text", "id", "words"),
    [
        ("", ID, "Write something first"),
        ("\u2003\n ", ID, "Write something first"),
        ("x" * (LONGEST_MESSAGE + 1), ID, "it has 20001 characters, and 20000 is the most"),
        ("x", "", "no proper id"),
        ("x", ID + "\n", "no proper id"),
        ("x", ID.replace("4167", "1167"), "no proper id"),
    ],
)
def test_trouble_with_a_message_is_said_in_words(text, id, words):
    assert words in message_trouble(text, id)


@pytest.mark.parametrize("text", ["2026-11-22T19:44:57Z", "2026-11-22 19:44:57"])
def test_a_time_in_an_address_is_read_in_both_of_its_forms(text):
    assert named_time(text) == datetime(2026, 11, 22, 19, 44, 57, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "now", "2026-11-22", "2026-11-22T19:44:57+01:00", "2026-02-30 00:00:00", "0"])
def test_anything_else_names_no_time(text):
    assert named_time(text) is None


def test_a_password_is_taken_as_it_is_and_an_address_without_blanks_around():
    form = SignInForm({"email": " a@b.c ", "password": " secret "})
    assert form.is_valid()
    assert (form.cleaned_data["email"], form.cleaned_data["password"]) == ("a@b.c", " secret ")
