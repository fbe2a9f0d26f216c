"""Redis and PostgreSQL end and come back behind two processes of one site."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

from chat.threads import KEPT, MOST
from tests.processes import wait_until

WORDS = "The portal's database can't be used right now. Try again in a moment."


def test_while_redis_is_away_tabs_at_both_hear_the_server_and_once_it_is_back_each_other(
    cluster, visit, tabs, world, talk
):
    alice = visit("alice")
    both = tabs(alice, talk)
    cluster.redis.kill()
    for id in (alice.say(talk, "Without Redis").messages[0].id, world.says("bob", talk, "So do I")):
        for tab in both:
            tab.hear_message(id)
    cluster.redis.start()
    wait_until(lambda: cluster.joined() == 2, "the processes to hear each other again")
    assert alice.sign_out().status == 303
    assert [tab.close_code() for tab in both] == [4401, 4401]


def test_while_postgresql_is_away_tabs_hear_on_and_pages_say_so_and_nothing_is_lost_or_doubled(
    cluster, visit, tabs, world, talk
):
    alice, id = visit("alice"), str(uuid.uuid4())
    both = tabs(alice, talk)
    for tab in both:
        tab.until_upstream("on")
    cluster.postgres.kill()
    said = world.says("bob", talk, "Heard nonetheless")
    for tab in both:
        tab.hear_message(said)
    answer = alice.say(talk, "Kept by the browser", id=id)
    assert (answer.status, answer.alert) == (503, WORDS)
    assert id not in world.ids(talk)
    page = alice.get("/")
    assert (page.status, page.alert) == (503, WORDS)
    cluster.postgres.start()
    wait_until(lambda: alice.say(talk, "Kept by the browser", id=id).status == 201, "the database to be there")
    assert world.ids(talk).count(id) == 1
    for tab in both:
        tab.hear_message(id)
        assert tab.visitor.is_signed_in


def test_postgresql_starts_anew_between_two_looks_and_nobody_notices(cluster, visit, tabs, world, talk):
    """Each process keeps a connection for its relays, which is broken then."""
    alice = visit("alice")
    both = tabs(alice, talk)
    cluster.postgres.stop()
    cluster.postgres.start()
    theme = "dark" if 'data-theme="dark"' not in alice.get("/").html else "light"
    assert alice.prefer(theme=theme).status == 303
    for tab in both:
        tab.hear("preferences", lambda frame: frame["attributes"]["theme"] == theme)
        tab.hear_message(world.says("bob", talk, "As if nothing had been"))


def test_a_rush_asks_postgresql_for_so_many_connections_and_leaves_a_few(cluster, visit):
    alice = visit("alice")

    def opened() -> int:
        others = "backend_type = 'client backend' and pid <> pg_backend_pid()"
        return cluster.postgres.ask(f"select count(*) from pg_stat_activity where {others}")[0][0]

    with ThreadPoolExecutor(60) as threads:
        rush = [threads.submit(alice.get, "/") for _ in range(300)]
        most = 0
        while not all(page.done() for page in rush):
            most = max(most, opened())
    assert {page.result().status for page in rush} == {200}
    # Each process has one more, for its relays, and for a moment those that are just closing.
    assert 2 * (KEPT + 1) < most <= 2 * (MOST + KEPT + 1)
    wait_until(lambda: opened() <= 2 * (KEPT + 1), "connections to be closed")
