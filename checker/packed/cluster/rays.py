"""Shards as actors of Ray, on this machine or on a cluster; the only module that imports Ray.

On this machine everything listens on the loopback interface alone, and nobody is heard without a token that is drawn
for this process. What actors send each other are arrays and numbers, by Ray's own serialisation within its cluster.
"""

from __future__ import annotations

import math
import os
import secrets
import signal
import socket
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from ipaddress import ip_address
from time import monotonic, sleep
from typing import Any, NamedTuple

from haboot.checker.host import machine, processors
from haboot.checker.packed.cluster.carriers import ClusterError, LostError, Parcel
from haboot.checker.packed.cluster.member import Member, running
from haboot.checker.packed.cluster.terms import Terms

CONNECTING = 10  # seconds that a cluster may take to answer at all
ATTEMPTS = 3  # to start a cluster on this machine
STARTING = 120  # seconds that a cluster or an actor may take to start
SILENCE = 600  # seconds without an answer from any actor after which a search is given up
AGAIN = 0.5  # seconds until an actor that did not start is begun again
ASKING = 1  # seconds after which it is asked again which nodes there are
MOST = 2  # actors a processor that nodes which come and go may lead to
STORE = 1 << 26  # bytes of shared memory for what is under way, for each actor
LOCAL = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # a node's address is the loopback's, so all of it listens there alone
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_worker_niceness": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}


class Node(NamedTuple):
    """A node of a cluster: its address, and its processors."""

    address: str
    processors: int


class Actor(Member):
    """An actor: a shard in a process of Ray."""

    def where(self) -> tuple[str, int]:
        """Return on which node this is, and the bytes of memory there."""
        import ray  # noqa: PLC0415 - loaded where an actor runs

        return str(ray.get_runtime_context().get_node_id()), machine.memory()


class Rays:
    """A carrier of calls to actors; without an address they are on this machine."""

    def __init__(self, address: str | None) -> None:
        self.ray = _connected(address)
        self.actors: list[Any] = []
        self.places: list[tuple[str, int]] = []  # of each actor, its node and the bytes of memory there
        self.addresses: dict[str, str] = {}
        self.seen: set[str] = set()
        self.asked, self.wanted = -math.inf, 0

    @property
    def size(self) -> int:
        """See Carrier; a node that has joined adds its processors, as long as there are not too many actors then."""
        if monotonic() >= self.asked + ASKING:
            self.asked, nodes = monotonic(), self._alive()
            fresh = sum(node.processors for name, node in nodes.items() if name not in self.seen)
            fits = len(self.actors) + fresh <= MOST * sum(node.processors for node in nodes.values())
            self.wanted = (len(self.actors) or self.wanted) + (fresh if fits else 0)
            self.seen |= nodes.keys()
        return max(1, self.wanted)

    def _alive(self) -> dict[str, Node]:
        """Return the nodes that there are, by what Ray calls them."""
        nodes = {
            one["NodeID"]: Node(one["NodeManagerAddress"], max(1, int(one["Resources"].get("CPU", 1))))
            for one in self.ray.nodes()
            if one["Alive"]
        }
        self.addresses.update({name: node.address for name, node in nodes.items()})
        return nodes

    def start(self, terms: Sequence[Terms]) -> None:
        """See Carrier."""
        before, nodes, homes = len(self.actors), self._alive(), [node for node, _ in self.places]
        for one in terms:  # all at once
            homes.append(_roomiest(nodes, homes))
            self.actors.append(self._begun(one, homes[-1]))
        try:
            for shard, one in enumerate(terms, before):
                self.actors[shard], place = self._started(one, self.actors[shard], homes[shard], homes)
                self.places.append(place)
        except ClusterError:
            for actor in self.actors[before:]:
                self.ray.kill(actor)
            del self.actors[before:], self.places[before:]
            raise

    def _begun(self, terms: Terms, node: str) -> Any:
        there = self.ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(node, soft=False)
        made = self.ray.remote(num_cpus=0, scheduling_strategy=there)(Actor)
        return made.remote(terms, running())

    def _started(self, terms: Terms, actor: Any, node: str, homes: Sequence[str]) -> tuple[Any, tuple[str, int]]:
        """Return an actor that was begun on a node, once it is there, and where; or another, begun again or elsewhere.

        Ray takes a node for alive for a while after its end, and knows one that joins before it can be used.
        """
        until, failed = monotonic() + STARTING, list[str]()
        while True:
            try:
                place: tuple[str, int] = self.ray.get(actor.where.remote(), timeout=max(1, until - monotonic()))
            except self.ray.exceptions.RayError as error:
                self.ray.kill(actor)
                if getattr(error, "actor_init_failed", False) or monotonic() >= until:
                    raise ClusterError(f"an actor did not start within {STARTING} s: {_cause(error)}") from error
                sleep(AGAIN)
                failed.append(node)
                node = _roomiest(self._alive(), [*homes, *failed])
                actor = self._begun(terms, node)
            else:
                return actor, place

    def memory(self) -> list[int]:
        """See Carrier."""
        beside = Counter(node for node, _ in self.places)
        return [bytes_there * 3 // 4 // beside[node] for node, bytes_there in self.places]

    def send(self, shard: int, verb: str, given: Sequence[Any], parts: int = 1) -> list[Parcel]:
        """See Carrier."""
        parcels = self.actors[shard].call.options(num_returns=parts).remote(verb, *given)
        return [parcels] if parts == 1 else list(parcels)

    def first(self, waiting: Sequence[Parcel]) -> Parcel:
        """See Carrier."""
        there, _ = self.ray.wait(list(waiting), timeout=SILENCE, fetch_local=False)
        if not there:
            raise ClusterError(f"no actor answered within {SILENCE} s")
        return there[0]

    def opened(self, parcel: Parcel) -> Any:
        """See Carrier."""
        errors = self.ray.exceptions
        try:
            return self.ray.get(parcel, timeout=SILENCE)
        except errors.GetTimeoutError as error:
            raise ClusterError(f"no actor answered within {SILENCE} s") from error
        except (errors.RayActorError, errors.ObjectLostError, errors.NodeDiedError) as error:
            raise LostError(_cause(error)) from error
        except errors.RayError as error:
            raise ClusterError(f"an actor failed: {_cause(error)}") from error

    def nodes(self) -> list[str]:
        """See Carrier."""
        return [self.addresses.get(node, node) for node, _ in self.places]

    def replace(self, shard: int, terms: Terms) -> None:
        """See Carrier."""
        self.ray.kill(self.actors[shard])
        homes = [node for node, _ in self.places]
        del homes[shard]
        node = _roomiest(self._alive(), homes)
        self.actors[shard], self.places[shard] = self._started(terms, self._begun(terms, node), node, homes)

    def close(self) -> None:
        """See Carrier."""
        for actor in self.actors if self.ray.is_initialized() else ():  # it may have ended before, with this process
            self.ray.kill(actor)
        self.actors, self.places = [], []


def _roomiest(nodes: Mapping[str, Node], homes: Sequence[str]) -> str:
    """Return the node with the most processors for each of its actors and one more; ``homes`` are those of all."""
    beside = Counter(homes)
    return max(nodes, key=lambda name: nodes[name].processors / (beside[name] + 1))


def _cause(error: BaseException) -> str:
    """Return the last line of what Ray says."""
    return str(error).strip().splitlines()[-1].strip() or type(error).__name__


def _connected(address: str | None) -> Any:
    """Return Ray, connected to the cluster at an address, or to one on this machine for this process alone."""
    if address is None:
        os.environ.update({**LOCAL, "RAY_AUTH_MODE": "token"})
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    else:
        _require_answer(address)
        os.environ.setdefault("RAY_AUTH_MODE", "token")
    with _heard_as_before():
        ray = _joined(address)
    if address is None:
        _require_alone(ray)
    return ray


@contextmanager
def _heard_as_before() -> Iterator[None]:
    """Keep what this process does at SIGTERM, for which Ray has a handler of its own."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if before is not None and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, before)


def _joined(address: str | None) -> Any:
    import ray  # noqa: PLC0415 - reads the environment when it is loaded

    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR", "configure_logging": False}
    try:
        if not ray.is_initialized() and address is None:
            store = STORE * max(4, processors())
            given = {"num_cpus": processors(), "object_store_memory": store, "include_dashboard": False, **quiet}
            _begin(ray, given)
        elif not ray.is_initialized():
            ray.init(address, **quiet)
    except ray.exceptions.AuthenticationError as error:
        told = "its token is not known here: set RAY_AUTH_TOKEN, or RAY_AUTH_TOKEN_PATH to a file that holds it"
        raise ClusterError(f"{_place_of(address)} {told}") from error
    except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        raise ClusterError(
            f"{_place_of(address)} it cannot be reached, or its token is another: {_cause(error)}"
        ) from error
    return ray


def _begin(ray: Any, given: dict[str, Any]) -> None:
    """Start a cluster on this machine; more than once where that takes too long for Ray, as on one that is busy."""
    for again in range(ATTEMPTS):
        try:
            ray.init("local", **given)
        except (RuntimeError, ray.exceptions.RayError):
            ray.shutdown()
            if again + 1 == ATTEMPTS:
                raise
        else:
            return


def _place_of(address: str | None) -> str:
    return "the cluster of this machine:" if address is None else f"the cluster at '{address}':"


def _require_answer(address: str) -> None:
    """Raise ClusterError unless somebody answers at an address, for which Ray would wait minutes."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise ClusterError(f"{_place_of(address)} an address is HOST:PORT, such as 10.0.0.7:6379")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), CONNECTING) as connection:
            local = ip_address(connection.getpeername()[0]).is_loopback
    except (OSError, OverflowError) as error:
        raise ClusterError(f"{_place_of(address)} nobody answers: {error}") from error
    os.environ.update(LOCAL if local else {})


def _require_alone(ray: Any) -> None:
    """Raise ClusterError unless the cluster is on this machine and listens nowhere else."""
    heard = {node["NodeManagerAddress"] for node in ray.nodes()}
    if heard - {"127.0.0.1", "::1"}:
        raise ClusterError(f"the cluster of this machine listens on {', '.join(sorted(heard))}, not on the loopback")
