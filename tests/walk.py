"""Anything in any order: what three people do in several tabs and devices, and what happens to the lines and the
processes behind them. At rest every tab shows what the server holds: all of it, in its order, once.

The steps know a browser and its tabs by what a person does there (`tests/tab/`), so a real one can take the same
walk.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Protocol

from tests.chat.conftest import World
from tests.device import Device
from tests.processes import Person, Sandbox, wait_until
from tests.proxy import Proxy
from tests.tab import Entry, View

# Seconds: whom the server forgot twice within a minute it hears of again when that is over, with the next look, which
# comes within half a minute.
PATIENCE = 100.0
OVERLAP = timedelta(seconds=5)
PAGE = 50
TEAM = ("alice", "bob", "robin", "zsofi", "arpad", "layla", "kim")
TALKS = (("alice", "bob"), ("alice", "kim"), TEAM, ("bob", "kim"))
ELSEWHERE = ("alice", "bob", "kim")
# How far from now a message claims to have been written, in seconds.
CLOCKS = (0, 0, 0, -5, -86_400, 3_600)
CALLS = (
    ("chatconversation", "add"),
    ("chatconversation", "download"),
    ("chatconversation", "downloadpartial"),
    ("chatconversation", "list"),
    ("chatnotification", "download"),
    ("chatreports", "viewed"),
)
FAULTS = ("slow", "500", "html", "cut", "empty", "lose", "refuse")


# The steps, and how often each is taken; "once": once in a walk, because it takes long, or the next one would.
OFTEN = {
    "say": 10,
    "say_at_once": 5,
    "hear": 10,
    "show": 6,
    "read": 4,
    "mark_unread": 2,
    "prefer": 3,
    "clear": 2,
    "clear_elsewhere": 2,
    "reload": 3,
    "begin_anew": 2,
    "sleep": 3,
    "wake": 4,
    "retry": 2,
    "cut": 4,
    "freeze": 2,
    "delay": 2,
    "heal": 6,
    "duplicate": 3,
    "lose_answer": 3,
    "fail": 8,
    "rest": 4,
}
ONCE = ("flood", "kill", "restart", "drop", "forget")
Step = tuple[str, int]  # its name, and the seed of its dice


class Tab(Protocol):
    """What a person does in a tab. `say` returns the message's id, "" where that can't be told; `post` the status of
    the answer, None where none has come within a moment."""

    def say(self, text: str) -> str: ...
    def show(self, conversation: str) -> None: ...
    def read(self) -> None: ...
    def retry(self) -> None: ...
    def post(self, path: str, form: dict[str, str]) -> int | None: ...
    def sleep(self) -> None: ...
    def wake(self) -> None: ...
    def reload(self) -> None: ...
    def scroll_up(self) -> None: ...
    def close(self) -> None: ...
    def view(self) -> View: ...


class Browser(Protocol):
    """A device of one person."""

    person: Person
    line: Proxy

    def open(self, conversation: str) -> Tab: ...
    def entries(self) -> list[Entry]: ...
    def close(self) -> None: ...


class Killable(Protocol):
    """The portal; or several, one of which is killed and started."""

    def kill(self) -> None: ...
    def start(self) -> None: ...
    def ask(self, query: str) -> list[tuple[Any, ...]]: ...


@dataclass
class Desk:
    browser: Browser
    tabs: list[Tab]


@dataclass
class Site:
    """Where a walk is taken: the processes, who has which browsers with how many tabs, and how a person opens one, the
    first, second… of all."""

    sandbox: Sandbox
    portal: Killable
    desks: Sequence[tuple[str, int]]
    browser: Callable[[Person, int], Browser]


class Walk:
    """One walk. Its steps are methods, each with dice of its own: it does much the same if others are left out."""

    def __init__(self, site: Site, *, patience: float = PATIENCE) -> None:
        self.site, self.patience = site, patience
        self.world = World(site.sandbox)
        self.done: list[str] = []
        self.words = itertools.count(1)
        self.talks = [self.world.between(*firsts) for firsts in TALKS]
        self.members = {self.world.between(*firsts): firsts for firsts in TALKS}
        site.sandbox.control("faults/clear", {})
        site.sandbox.control("repeated", {"keep": "both"})
        for talk in self.talks:
            site.sandbox.control("clear", {"conversation": talk})
        self.phones = {first: Device(site.sandbox, site.sandbox.people[first]) for first in ELSEWHERE}
        self.must: dict[str, set[str]] = {talk: set() for talk in self.talks}  # said since it was last cleared
        self.doubtful: set[str] = set()  # talks that may be cleared any time
        self.skewed = self.talks[2:]  # where some clocks are wrong
        self.unheard: set[str] = set()  # talks with something that no notice told of
        self.desks = [self._desk(first, tabs, number) for number, (first, tabs) in enumerate(site.desks)]

    def _desk(self, first: str, tabs: int, number: int) -> Desk:
        browser = self.site.browser(self.site.sandbox.people[first], number)
        own = self._own(first)
        return Desk(browser, [browser.open(own[(number + at) % len(own)]) for at in range(tabs)])

    def _own(self, first: str) -> list[str]:
        return [talk for talk in self.talks if first in self.members[talk]]

    def _first(self, desk: Desk) -> str:
        return desk.browser.person.email.partition("@")[0]

    def _tab(self, dice: Random) -> tuple[Desk, Tab]:
        """Any tab; who does something there opens the lid."""
        desk, tab = dice.choice(list(self._tabs()))
        tab.wake()
        return desk, tab

    def _name(self, talk: str) -> str:
        return "the team" if self.members[talk] == TEAM else "-".join(self.members[talk])

    def _note(self, *words: object) -> None:
        self.done.append(" ".join(map(str, words)))

    # Saying

    def say(self, dice: Random) -> None:
        desk, tab = self._tab(dice)
        view = tab.view()
        if view.loaded:
            text = f"word {next(self.words)}"
            self._note(self._first(desk), "says", text, "in", self._name(view.conversation))
            if id := tab.say(text):
                self.must[view.conversation].add(id)

    def say_at_once(self, dice: Random) -> None:
        """In several tabs, without waiting for anything."""
        for _ in range(dice.randint(2, 4)):
            self.say(dice)

    def hear(self, dice: Random) -> None:
        """Something is said from elsewhere: dated by whatever clock, several in one second, without a notice."""
        talk = dice.choice(self.talks)
        clock = dice.choice(CLOCKS) if talk in self.skewed else 0
        silent = clock == 0 and dice.random() < 0.2
        self._elsewhere(dice, talk, clock=clock, count=dice.randint(1, 3), silent=silent)

    def flood(self, dice: Random) -> None:
        """More than a page."""
        self._elsewhere(dice, dice.choice(self.talks), count=60)

    def _elsewhere(self, dice: Random, talk: str, *, clock: int = 0, count: int = 1, silent: bool = False) -> None:
        first = dice.choice([first for first in self.members[talk] if first in ELSEWHERE])
        created = f"{datetime.now(UTC) + timedelta(seconds=clock):%Y-%m-%d %H:%M:%S}"
        self._note(first, "says", count, "in", self._name(talk), f"clock {clock:+}" * bool(clock), "silent" * silent)
        for _ in range(count):
            text = f"word {next(self.words)}"
            self.must[talk].add(self.world.says(first, talk, text, created=created, silent=silent))
        if silent:
            self.unheard.add(talk)

    # What else a person does

    def show(self, dice: Random) -> None:
        desk, tab = self._tab(dice)
        talk = dice.choice(self._own(self._first(desk)))
        self._note(self._first(desk), "shows", self._name(talk))
        tab.show(talk)

    def read(self, dice: Random) -> None:
        desk, tab = self._tab(dice)
        self._note(self._first(desk), "reads", self._name(tab.view().conversation))
        tab.read()

    def mark_unread(self, dice: Random) -> None:
        desk, tab = self._tab(dice)
        view = tab.view()
        if view.rows:
            self._note(self._first(desk), "marks as unread in", self._name(view.conversation))
            tab.post(f"/conversations/{view.conversation}/read/", {"unread": dice.choice(view.rows).id})

    def prefer(self, dice: Random) -> None:
        desk, tab = self._tab(dice)
        talk = dice.choice(self._own(self._first(desk)))
        wish = {dice.choice(["hidden", "favorite"]): dice.choice(["on", "off"])}
        self._note(self._first(desk), "prefers", wish, "for", self._name(talk))
        tab.post(f"/conversations/{talk}/preferences/", wish)

    def clear(self, dice: Random) -> None:
        """While others may be sending."""
        desk, tab = self._tab(dice)
        talk = tab.view().conversation
        self._note(self._first(desk), "clears", self._name(talk))
        if tab.post(f"/conversations/{talk}/clear/", {"confirm": "clear"}) is None:
            self.doubtful.add(talk)
        self._forget(talk)

    def clear_elsewhere(self, dice: Random) -> None:
        talk = dice.choice(self.talks)
        self._note("somebody clears", self._name(talk))
        self.site.sandbox.control("clear", {"conversation": talk})
        self._forget(talk)

    def _forget(self, talk: str) -> None:
        self.must[talk].clear()

    def reload(self, dice: Random) -> None:
        desk, tab = self._tab(dice)
        self._note(self._first(desk), "reloads")
        tab.reload()

    def begin_anew(self, dice: Random) -> None:
        """Close a tab and open another."""
        desk, tab = self._tab(dice)
        talk = dice.choice(self._own(self._first(desk)))
        self._note(self._first(desk), "closes a tab and opens another with", self._name(talk))
        tab.close()
        desk.tabs[desk.tabs.index(tab)] = desk.browser.open(talk)

    def sleep(self, dice: Random) -> None:
        desk, tab = self._tab(dice)
        self._note("a tab of", self._first(desk), "sleeps")
        tab.sleep()

    def wake(self, dice: Random) -> None:
        desk, tab = self._tab(dice)
        self._note("a tab of", self._first(desk), "wakes")
        tab.wake()

    def retry(self, dice: Random) -> None:
        desk, tab = self._tab(dice)
        self._note(self._first(desk), "retries")
        tab.retry()

    # What happens to a line

    def cut(self, dice: Random) -> None:
        self._line(dice, "is cut").cut()

    def freeze(self, dice: Random) -> None:
        self._line(dice, "is half open").freeze()

    def delay(self, dice: Random) -> None:
        self._line(dice, "is slow").delay(dice.choice([0.05, 0.3]))

    def heal(self, dice: Random) -> None:
        self._line(dice, "is good").heal()

    def duplicate(self, dice: Random) -> None:
        self._line(dice, "carries the next message twice").duplicate("/messages/ HTTP")

    def lose_answer(self, dice: Random) -> None:
        self._line(dice, "loses the next answer to a message").lose_answer("/messages/ HTTP")

    def _line(self, dice: Random, what: str) -> Proxy:
        desk = dice.choice(self.desks)
        self._note("the line of", self._first(desk), what)
        return desk.browser.line

    # What happens to the server and the portal

    def fail(self, dice: Random) -> None:
        (api, action), fault = dice.choice(CALLS), dice.choice(FAULTS)
        accepts, times = fault != "refuse" and dice.random() < 0.5, dice.randint(1, 2)
        self._note("server:", api, action, fault, "accepted" * accepts, times)
        self.world.break_next(api, fault, action, accepts=accepts, times=times, seconds=0.3)

    def kill(self, dice: Random) -> None:
        self._note("the portal is killed and started")
        self.site.portal.kill()
        self.site.portal.start()

    def restart(self, dice: Random) -> None:
        self._note("the server is restarted")
        self.site.sandbox.stop()
        self.site.sandbox.start()

    def drop(self, dice: Random) -> None:
        self._note("the server's sockets are dropped")
        self.site.sandbox.control("drop-sockets", {})

    def forget(self, dice: Random) -> None:
        self._note("the server forgets the stations")
        self.site.sandbox.control("forget-stations", {})

    # At rest

    def rest(self, dice: Random) -> None:
        self._note("rest")
        self._recover(dice)
        self._until(self._unsent, "every message to be sent")
        for talk in self.doubtful:
            self.must[talk].clear()
        self.doubtful.clear()
        self._until(self._wrong, "every tab to be right")

    def end(self, dice: Random) -> None:
        """A rest, after which everybody looks at all there is."""
        self.rest(dice)
        for _, tab in self._tabs():
            tab.scroll_up()
        self._until(self._wrong, "every tab to be right up to its first message")

    def close(self) -> None:
        for desk in self.desks:
            desk.browser.line.heal()
            desk.browser.close()

    def _recover(self, dice: Random) -> None:
        self.site.sandbox.control("faults/clear", {})
        for desk in self.desks:
            desk.browser.line.heal()
            for tab in desk.tabs:
                tab.wake()
        for talk in sorted(self.unheard):  # what no notice told of comes with the next one
            self._elsewhere(dice, talk)
        self.unheard.clear()

    def _until(self, trouble: Callable[[], list[str]], what: str) -> None:
        """Until there is no trouble any more, or for long enough to say what it is."""
        said: list[str] = []

        def none() -> bool:
            said[:] = trouble()
            return not said

        try:
            wait_until(none, what, self.patience)
        except AssertionError as error:
            raise AssertionError("\n".join([str(error), *said, "after:", *self.done])) from error

    def _tabs(self) -> Iterable[tuple[Desk, Tab]]:
        return ((desk, tab) for desk in self.desks for tab in desk.tabs)

    def _unsent(self) -> list[str]:
        """What waits, and what a person has to try again: they do."""
        trouble = []
        for desk, tab in self._tabs():
            view = tab.view()
            if view.busy:
                trouble.append("something was asked for")
            elif not view.loaded:
                trouble.append("a page is not there")
            _complete(tab, view)
            failed = [entry for entry in desk.browser.entries() if entry.state == "failed"]
            for entry in failed:
                if not entry.unknown and self._copies(entry.conversation).get(entry.id):
                    trouble.append(f"{entry.text} is said to be refused, and is there")
            if failed:
                tab.retry()
            trouble += [f"{entry.text} is {entry.state}" for entry in desk.browser.entries()]
        return trouble

    def _held(self, talk: str) -> Any:
        return self.site.sandbox.control(f"conversations/{talk}")

    def _copies(self, talk: str) -> dict[str, int]:
        ids = [message["ID"] for message in self._held(talk)["messages"]]
        return {id: ids.count(id) for id in ids}

    def _wrong(self) -> list[str]:
        """All that is not as it should be."""
        held = {talk: self._held(talk) for talk in self.talks}
        trouble = []
        for talk, content in held.items():
            ids = [message["ID"] for message in content["messages"]]
            trouble += [f"{id} is there {ids.count(id)} times" for id in set(ids) if ids.count(id) > 1]
            trouble += [f"{id} is lost" for id in self.must[talk] if id not in ids]
        lists = {first: self._list(first) for first in ELSEWHERE}
        for at, (desk, tab) in enumerate(self._tabs()):
            first, view = self._first(desk), tab.view()
            userid, exact = desk.browser.person.userid, view.conversation not in self.skewed
            _complete(tab, view)
            wrong = [
                *_wrong_line(view),
                *_wrong_rows(view, userid, held[view.conversation], exact=exact),
                *_wrong_list(view, lists[first], self.skewed),
                *self._wrong_numbers(view, first, held),
            ]
            trouble += [f"tab {at} of {first}: {words}" for words in wrong]
        return trouble

    def _list(self, first: str) -> list[Any]:
        reply = self.phones[first].call("chatconversation", "list")
        if reply["status"] != "OK":  # it was forgotten
            self.phones[first].sign_in()
            return self._list(first)
        return list(reply["conversations"])

    def _wrong_numbers(self, view: View, first: str, held: dict[str, Any]) -> list[str]:
        userid = self.world.userid(first)
        shown = dict(view.list)
        trouble = []
        for talk, marker in self._markers(userid).items():
            if talk in held and talk in shown:
                possible = _numbers(held[talk], marker, userid, exact=talk not in self.skewed)
                if shown[talk] not in possible:
                    trouble.append(f"{shown[talk] or 0} unread in {self._name(talk)}, not {sorted(possible)}")
        return trouble

    def _markers(self, userid: str) -> dict[str, tuple[str, str]]:
        """How far the person has read: instance and message by conversation."""
        asked = f"select conversation, instance, message_id from chat_readmarker where userid = '{userid}'"
        return {talk: (instance, id) for talk, instance, id in self.site.portal.ask(asked)}


def _complete(tab: Tab, view: View) -> None:
    """Load a page again that did not come, or lost something on the way: it says so, but maybe only at rest."""
    if not (view.loaded or view.busy):
        tab.reload()


def _wrong_line(view: View) -> list[str]:
    return [] if view.live else ["is not live"]


def _wrong_rows(view: View, userid: str, held: Any, *, exact: bool) -> list[str]:
    """What it shows that the server does not hold, or holds otherwise; only its newest messages, if more are above.
    Where clocks are wrong, one may have been dated further back than a page: it comes when the conversation is opened
    anew."""
    messages = held["messages"]
    reach = len(messages) if view.whole else max(len(view.rows), PAGE)
    if not exact:
        seen = {row.id for row in view.rows}
        messages = [each for each in messages[:-PAGE] if each["ID"] in seen] + messages[-PAGE:]
    wanted = [(each["ID"], each["sender"], each["text"]) for each in messages[-reach:]]
    shown = [(row.id, row.sender, row.text) for row in view.rows]
    trouble = [f"still has {copy.text} as {copy.state}" for copy in view.copies]
    if shown != wanted:
        trouble.append(f"shows {[text for *_, text in shown]}, not {[text for *_, text in wanted]}")
    states = _states(held, userid)
    for row in view.rows:
        if row.sender == userid and row.state != states.get(row.id, "sent"):
            trouble.append(f"shows {row.text} as {row.state}, not {states.get(row.id, 'sent')}")
    return trouble


def _states(held: Any, userid: str) -> dict[str, str]:
    """The best that others have reported of each message."""
    states: dict[str, str] = {}
    for report in held["reports"]:
        if report["sender"] != userid:
            for id in report["messages"]:
                states[id] = "viewed" if "viewed" in (states.get(id), report["Type"]) else "delivered"
    return states


def _wrong_list(view: View, listed: list[Any], skewed: Collection[str]) -> list[str]:
    """Hidden ones are not in it, favourites come first, then those last spoken in, as far as their clocks are right."""
    places = {}
    for each in listed:
        (mine,) = each["properties"]
        if mine["hideid"] != f"{each['instance']};{each['lastmessageid']}":
            places[each["id"]] = (not mine["isfavorite"], -each["lastaccess"])
    shown = [id for id, _ in view.list]
    if set(shown) != set(places):
        return [f"lists {set(shown) - set(places)} too many and {set(places) - set(shown)} too few"]
    order = [places[id] for id in shown if id not in skewed]
    return [] if order == sorted(order) else ["lists the conversations in another order"]


def _numbers(held: Any, marker: tuple[str, str], userid: str, *, exact: bool) -> set[str]:
    """What the number may be: of the others' messages beyond the marker, and of the newest page where that is further
    up. One that was on its way beside another may stand before the marker and count all the same, as it came late,
    until the portal is started anew. Where clocks are wrong, any may, and one that a page has no more."""
    messages = held["messages"]

    def theirs(some: list[Any]) -> int:
        return sum(message["sender"] != userid for message in some)

    if not exact:
        return {"", *(f"{number}{mark}" for number in range(1, theirs(messages) + 1) for mark in ("", "+"))}
    ids = [message["ID"] for message in messages]
    instance, read = marker
    beyond = messages[ids.index(read) + 1 :] if instance == held["instance"] and read in ids else messages
    page = messages[-PAGE:]
    more = "+" if len(beyond) >= len(page) < len(messages) else ""
    least = theirs(page if more else beyond)
    late = theirs(_sent_with(messages[: len(messages) - len(beyond)]))
    return {f"{number}{more}" if number else "" for number in range(least, least + late + 1)}


def _sent_with(messages: list[Any]) -> list[Any]:
    """Those that may have been on their way when the last of these was sent."""
    if not messages:
        return []
    last = datetime.fromisoformat(messages[-1]["Created"])
    return [each for each in messages if last - datetime.fromisoformat(each["Created"]) <= OVERLAP]


def steps(dice: Random, count: int) -> list[Step]:
    """A walk of so many steps."""
    names = [*ONCE, *dice.choices(list(OFTEN), list(OFTEN.values()), k=count - len(ONCE))]
    dice.shuffle(names)
    return [(name, dice.getrandbits(32)) for name in names]


def take(site: Site, walk: Sequence[Step], *, patience: float = PATIENCE) -> None:
    """Take these steps, and end. AssertionError: something was wrong."""
    walking = Walk(site, patience=patience)
    try:
        for name, seed in [*walk, ("end", 0)]:
            getattr(walking, name)(Random(seed))
    finally:
        walking.close()


def fewest(site: Site, walk: Sequence[Step], error: AssertionError, seconds: float) -> AssertionError:
    """What the fewest steps lead to that were found in so much time: parts of the walk are left out as long as it still
    goes wrong."""
    deadline = time.monotonic() + seconds
    size = len(walk) // 2
    while size:
        for at in range(0, len(walk), size):
            shorter = [*walk[:at], *walk[at + size :]]
            try:
                if time.monotonic() < deadline:
                    take(site, shorter, patience=PATIENCE / 2)
            except AssertionError as again:
                walk, error = shorter, again
                break
        else:
            size //= 2
    return error
