"""Two portals of one site, for one file of tests at a time, and the browsers of tests/chat."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.chat.conftest import World, browser, visit, world
from tests.engines import Nginx, need
from tests.processes import METRICS_TOKEN, Sandbox, wait_until
from tests.several.cluster import Cluster
from tests.visitor import Tab, Visitor

__all__ = ["browser", "visit", "world"]
ALERTS_TOKEN = "what scripts alert people with"


@pytest.fixture(scope="module")
def _sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A server of their own, which remembers who is signed in when it is started anew."""
    with Sandbox("--data", str(tmp_path_factory.mktemp("sandbox") / "world.json")) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def _fresh_sandbox(_sandbox_process: Sandbox) -> None:
    """It is."""


@pytest.fixture(scope="module")
def cluster(
    _fresh_sandbox: None, _sandbox_process: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    need("nginx", "postgres", "redis-server")
    variables = {"ALERTS_TOKEN": ALERTS_TOKEN, "METRICS_TOKEN": METRICS_TOKEN}
    with Cluster(_sandbox_process.url, tmp_path_factory.mktemp("several"), **variables) as cluster:
        yield cluster


@pytest.fixture
def portal(sandbox: Sandbox, cluster: Cluster) -> Nginx:
    """Where browsers go unless a test says otherwise: nginx sends each request to whichever process."""
    return cluster.front


@pytest.fixture
def talk(world: World) -> str:
    return world.between("alice", "bob")


@pytest.fixture
def at(cluster: Cluster, browser: Callable[..., Visitor]) -> Callable[[Visitor, int], Visitor]:
    """The same browser, as it were, at the process `number`: with its cookies."""

    def there(visitor: Visitor, number: int) -> Visitor:
        same = browser(cluster.portals[number])
        same.http.cookies.update(visitor.http.cookies)
        return same

    return there


@pytest.fixture
def tabs(cluster: Cluster, at: Callable[[Visitor, int], Visitor]) -> Callable[..., list[Tab]]:
    """Opens two tabs of a browser, one at each process, both on a conversation."""

    def opened(visitor: Visitor, conversation: str) -> list[Tab]:
        both = [at(visitor, number).tab(conversation) for number in range(2)]
        wait_until(lambda: cluster.joined() == 2, "the processes to hear each other")
        return both

    return opened
