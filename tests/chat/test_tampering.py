"""What was changed on its way, or put somewhere else: a cookie, a row of the database, a message."""

from __future__ import annotations

import base64
import string

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from chat import vault
from chat.models import SignIn
from tests.chat.inside import sign_in
from tests.sandbox.raw import Device, encrypt
from tests.visitor import Answer

COOKIE = "ozeki_sign_in"


def test_a_cookie_changed_anywhere_signs_nobody_in(visit, browser):
    token, thief = visit("robin").token, browser()
    assert thief.get("/", Cookie=f"{COOKIE}={token}").status == 200
    changed = [token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :] for at in range(len(token))]
    changed += [token[:-1] + last for last in string.ascii_letters + string.digits + "-_" if last != token[-1]]
    changed += [
        token[:-1],
        token + "A",
        token + "=",
        token.swapcase(),
        token[::-1],
        token + token,
        token[1:] + token[0],
    ]
    changed += [token[:9] + "!" + token[9:], token.replace("-", "+").replace("_", "/") + "+", f"{token}\\n", token * 99]
    let_in = [cookie for cookie in changed if thief.get("/", Cookie=f"{COOKIE}={cookie}").status == 200]
    assert let_in == []


def test_a_token_planted_before_signing_in_opens_nothing_afterwards(browser, sandbox, visit):
    """Neither one made up nor the planter's own: signing in always makes a new one."""
    robin = sandbox.people["robin"]
    for planted in (vault.new_token(), visit("tom").token):
        victim = browser()
        csrf = victim.csrf
        cookies = f"{COOKIE}={planted}; csrftoken={victim.http.cookies['csrftoken']}"
        headers = {"Cookie": cookies, "X-CSRFToken": csrf, "Origin": victim.portal.url}
        fields = {"email": robin.email, "password": robin.password}
        answer = Answer(victim.http.post("/sign-in/", data=fields, headers=headers))
        assert answer.status == 303
        assert answer.sign_in_cookie.value not in ("", planted)
        assert browser().get("/", Cookie=f"{COOKIE}={planted}").status == 302
        assert browser().get("/", Cookie=f"{COOKIE}={answer.sign_in_cookie.value}").status == 200


@pytest.mark.django_db(transaction=True)
async def test_a_blob_put_into_another_row_opens_for_nobody(make, sandbox):
    """Another person's row, and a later one of the same person."""
    for first, second in (("robin", "tom"), ("robin", "robin")):
        portal = make()
        (one, _), (other, _) = [
            await sign_in(portal, sandbox.people[first]),
            await sign_in(portal, sandbox.people[second]),
        ]
        rows = [await SignIn.objects.aget(token_hash=vault.token_hash(token)) for token in (one, other)]
        await SignIn.objects.filter(pk=rows[1].pk).aupdate(sealed=rows[0].sealed)
        forgetful = make()
        assert await forgetful.account(other) is None
        assert await forgetful.account(one) is not None


@pytest.mark.django_db(transaction=True)
async def test_a_row_kept_from_before_opens_with_nothing_but_its_own_cookie(make, sandbox):
    """Whoever can write to the database may bring a row back; who holds no cookie has nothing of it."""
    portal = make()
    token, _ = await sign_in(portal, sandbox.people["robin"])
    row = await SignIn.objects.aget(token_hash=vault.token_hash(token))
    await portal.end(row.token_hash)
    assert await make().account(token) is None
    newer, _ = await sign_in(portal, sandbox.people["robin"])
    row.token_hash = vault.token_hash(newer)
    await SignIn.objects.filter(token_hash=row.token_hash).adelete()
    await row.asave(force_insert=True)
    assert await make().account(newer) is None


def test_nobody_can_tell_from_outside_why_a_message_does_not_open(visit, world, sandbox):
    """Else the difference, asked for often enough, would open it."""
    robin = Device(sandbox, sandbox.people["robin"])
    with_layla = robin.conversation(sandbox.people["layla"])
    key, conversation = robin.secret(with_layla), with_layla["id"]
    whole = base64.b64decode(encrypt(key, b'{"sender": "x", "text": "Read this"}'))
    unpadded = Cipher(algorithms.AES(key), modes.CBC(whole[:16])).encryptor()
    spoilt = {
        "no padding": whole[:16] + unpadded.update(b"{}" + bytes(14)),
        "another block's end": whole[:-16] + bytes(16),
        "no text": base64.b64decode(encrypt(key, b"\xff\xfe\xfd")),
        "nothing": b"",
        "half a block": whole[:-8],
        "another first block": bytes([whole[0] ^ 0x80]) + whole[1:],
    }
    layla = visit("layla")
    tab = layla.tab(conversation)
    since, live, pages, answers = world.now(), [], [], []
    for raw in spoilt.values():
        id = world.says("robin", conversation, data=base64.b64encode(raw).decode())
        live.append(told_of(tab.hear_message(id)))
        (shown,) = [one for one in layla.open(conversation).messages if one.id == id]
        pages.append(told_of(shown))
        answers.append(layla.post(f"/conversations/{conversation}/reports/", {"message": id}, htmx=True).status)
    assert len(set(live)) == len(set(pages)) == len(set(answers)) == 1
    assert world.calls(since, "chatreports", userid=world.userid("layla")) == []


def told_of(message):
    return message.state, message.sender, message.name, message.text, message.cause
