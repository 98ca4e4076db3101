"""The cluster engine on Ray, on this machine: nobody else can listen or speak, and what fails says so."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from haboot.checker import Limits, ModelError, always, graph, judge, packed, quiet
from haboot.checker.judging import judge_all
from haboot.checker.packed import PackedSpace
from haboot.checker.packed.cluster import ClusterError, ClusterSpace, Terms, explore, keeping, rays

from examples.two_phase_commit import agreement, decided, two_phase_commit
from tests.agreement import figures
from tests.clusters import Watching, listening
from tests.random_systems import random_properties, random_system

TWO = Limits(actors=2)
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Ray for Windows is a preview")


@pytest.fixture
def pair() -> Iterator[rays.Rays]:
    """Two actors."""
    carrier = rays.Rays(None)
    try:
        yield carrier
    finally:
        carrier.close()


def explored(system: Any, carrier: rays.Rays, limits: Limits = TWO) -> ClusterSpace:
    return explore(system, limits, quiet, PackedSpace, carrier=carrier)


def test_random_systems_have_the_same_counts_verdicts_and_traces() -> None:
    for seed in (1, 5, 12):
        system = random_system(seed, 12 if seed == 5 else 0)
        space, wanted = explored(system, rays.Rays(None)), graph.explore(system, Limits(), quiet)
        assert figures(space) == figures(wanted)
        claims = random_properties(seed, system)
        for claim, one, other in zip(claims, judge_all(space, claims), judge_all(wanted, claims), strict=True):
            assert (one.answer, one.trace) == (other.answer, other.trace), claim.name


def test_the_process_hears_a_signal_as_before() -> None:
    known = signal.getsignal(signal.SIGTERM)
    try:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        rays.Rays(None).ray.shutdown()
        rays.Rays(None)
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, known)


def test_all_that_listens_does_so_on_the_loopback(pair: rays.Rays) -> None:
    space = explored(two_phase_commit(3), pair)
    if not Path("/proc/net/tcp").exists():
        pytest.skip("the system does not tell who listens")
    heard = {where for pid in _descendants(os.getpid()) for where in listening(pid)}
    assert heard
    assert heard <= {"0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000"}
    assert space.distinct == 288


def _descendants(pid: int) -> set[int]:
    """This process and all that it has started, and these."""
    parents = dict[int, int]()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it has ended meanwhile
    found, more = set[int](), {pid}
    while more:
        found |= more
        more = {child for child, parent in parents.items() if parent in more} - found
    return found


def test_who_has_another_token_is_not_heard(pair: rays.Rays) -> None:
    address = pair.ray.get_runtime_context().gcs_address
    words = ("check", "same-prefix", "--engine", "cluster", "--address", address)
    done = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-m", "haboot", *words],
        env={**os.environ, "RAY_AUTH_TOKEN": "x" * 32},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "it cannot be reached, or its token is another" in done.stderr.splitlines()[-1]


def test_who_has_no_token_is_told(monkeypatch: pytest.MonkeyPatch, pair: rays.Rays) -> None:
    def refused(*_: object, **__: object) -> None:
        raise pair.ray.exceptions.AuthenticationError("no token")

    address = pair.ray.get_runtime_context().gcs_address
    monkeypatch.setattr(pair.ray, "is_initialized", lambda: False)
    monkeypatch.setattr(pair.ray, "init", refused)
    with pytest.raises(ClusterError, match="its token is not known here: set RAY_AUTH_TOKEN"):
        rays.Rays(address)


def test_a_cluster_at_an_address_is_used_as_it_is(pair: rays.Rays) -> None:
    address = pair.ray.get_runtime_context().gcs_address
    other = rays.Rays(address)
    assert other.size == pair.size
    assert explored(two_phase_commit(3), other).distinct == 288


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("rubbish", "an address is HOST:PORT, such as 10.0.0.7:6379"),
        ("10.0.0.7:port", "an address is HOST:PORT"),
        ("127.0.0.1:1", "nobody answers"),
        ("127.0.0.1:99999", "nobody answers"),
        ("nowhere.invalid:6379", "nobody answers"),
    ],
)
def test_an_address_where_nobody_answers_is_told(address: str, told: str) -> None:
    with pytest.raises(ClusterError, match=told):
        rays.Rays(address)


def test_a_cluster_of_this_machine_that_is_heard_elsewhere_is_refused(
    monkeypatch: pytest.MonkeyPatch, pair: rays.Rays
) -> None:
    monkeypatch.setattr(pair.ray, "nodes", lambda: [{"NodeManagerAddress": "192.0.2.2"}])
    with pytest.raises(ClusterError, match=r"listens on 192\.0\.2\.2, not on the loopback"):
        rays.Rays(None)


def test_actors_of_another_version_are_refused(monkeypatch: pytest.MonkeyPatch, pair: rays.Rays) -> None:
    monkeypatch.setattr(rays, "running", lambda: "another")
    with pytest.raises(ClusterError, match="it runs another version of haboot, Python or numpy than who asks"):
        explored(two_phase_commit(3), pair)


@pytest.mark.parametrize("failures", [1, rays.ATTEMPTS])
def test_a_cluster_that_does_not_start_in_time_is_started_again(
    monkeypatch: pytest.MonkeyPatch, pair: rays.Rays, failures: int
) -> None:
    tried = list[str]()

    def begin(where: str, **_: object) -> None:
        tried.append(where)
        if len(tried) <= failures:
            raise RuntimeError("Timed out while waiting for GCS to become available.")

    monkeypatch.setattr(pair.ray, "is_initialized", lambda: False)
    monkeypatch.setattr(pair.ray, "init", begin)
    monkeypatch.setattr(pair.ray, "shutdown", lambda: None)
    if failures < rays.ATTEMPTS:
        rays.Rays(None)
    else:
        with pytest.raises(ClusterError, match="Timed out while waiting"):
            rays.Rays(None)
    assert tried == ["local"] * min(failures + 1, rays.ATTEMPTS)


def test_an_actor_is_a_shard_that_tells_where_it_is(pair: rays.Rays) -> None:
    terms = Terms(1, 20, (0, 4096), 0, 1)
    member = rays.Actor(terms, rays.running())
    member.call("allow", 7)
    assert member.shard.memory == 7
    assert member.where()[0] == pair.ray.nodes()[0]["NodeID"]
    with pytest.raises(RuntimeError, match="another version"):
        rays.Actor(terms, "another")


class Joined:
    """Tells of one node more from the second time on; Ray starts what is to be there on those that there are."""

    def __init__(self, nodes: Callable[[], list[dict[str, Any]]], then: Callable[[], None]) -> None:
        self.nodes, self.then, self.asked = nodes, then, 0

    def __call__(self) -> list[dict[str, Any]]:
        self.asked += 1
        more = {"Alive": True, "NodeID": "e" * 56, "NodeManagerAddress": "192.0.2.1", "Resources": {"CPU": 1.0}}
        gone = {"Alive": False, "NodeID": "d" * 56}
        if self.asked == 3:
            self.then()
        return [*self.nodes(), gone, *([more] if self.asked > 2 else [])]


@pytest.mark.parametrize("version", ["", "another"])
def test_a_node_that_joins_is_used_where_it_can_be(
    monkeypatch: pytest.MonkeyPatch, pair: rays.Rays, version: str
) -> None:
    def then() -> None:
        if version:
            monkeypatch.setattr(rays, "running", lambda: version)

    watching, before = Watching(), pair.size
    monkeypatch.setattr(rays, "ASKING", 0)
    monkeypatch.setattr(pair.ray, "nodes", Joined(pair.ray.nodes, then))
    space = explore(two_phase_commit(6), Limits(), watching, PackedSpace, carrier=pair)
    assert (space.distinct, space.generated, space.depth) == (50_816, 402_306, 20)
    assert len(pair.actors) == len(pair.nodes()) == before + (not version)
    (note,) = watching.notes - {""} or {""}
    assert ("machines that joined are not used: " in note and "runs another version" in note) == bool(version), note
    assert sum(one.actors for one in watching.told[-1]) == len(pair.actors)


def test_nodes_that_come_and_go_lead_to_few_actors(monkeypatch: pytest.MonkeyPatch, pair: rays.Rays) -> None:
    monkeypatch.setattr(rays, "ASKING", 0)
    told = [{**one, "Resources": {"CPU": 2.0}} for one in pair.ray.nodes()]
    sizes = list[int]()
    for number in range(6):
        monkeypatch.setattr(pair.ray, "nodes", lambda number=number: [{**told[0], "NodeID": str(number)}])
        sizes.append(pair.size)
        pair.actors = [object()] * sizes[-1]
    pair.actors = []
    assert sizes == [2, 4, 4, 4, 4, 4]


def test_actors_go_where_they_have_most_processors() -> None:
    nodes = {"one": rays.Node("", 4), "other": rays.Node("", 2)}
    homes = list[str]()
    for _ in range(9):
        homes.append(rays._roomiest(nodes, homes))
    assert homes == ["one", "one", "other", *["one", "one", "other"] * 2]


def test_actors_that_have_ended_with_ray_are_not_ended_again(monkeypatch: pytest.MonkeyPatch, pair: rays.Rays) -> None:
    pair.actors = [object()]
    with monkeypatch.context() as patched:
        patched.setattr(pair.ray, "is_initialized", lambda: False)
        pair.close()
    assert pair.actors == []


def test_an_actor_that_fails_says_why(pair: rays.Rays) -> None:
    space = explored(two_phase_commit(3), pair)
    (parcel,) = pair.send(0, "fetch", ("from", "to"))
    with pytest.raises(ClusterError, match="an actor failed"):
        pair.opened(parcel)
    assert space.distinct == 288


def test_silence_ends_a_search(monkeypatch: pytest.MonkeyPatch, pair: rays.Rays) -> None:
    def nap() -> None:
        time.sleep(60)

    parcel = pair.ray.remote(nap).remote()
    monkeypatch.setattr(rays, "SILENCE", 0.01)
    for wait in (lambda: pair.first([parcel]), lambda: pair.opened(parcel)):
        with pytest.raises(ClusterError, match=r"no actor answered within 0\.01 s"):
            wait()
    pair.ray.cancel(parcel, force=True)


class Mortal(rays.Rays):
    """Actors one of which is killed at some calls, by number."""

    def __init__(self, deaths: Sequence[int]) -> None:
        super().__init__(None)
        self.deaths, self.made = set(deaths), 0

    def send(self, shard: int, verb: str, given: Sequence[Any], parts: int = 1) -> list[Any]:
        if self.made in self.deaths:
            self.ray.kill(self.actors[self.made % len(self.actors)])
        self.made += 1
        return super().send(shard, verb, given, parts)


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 11))])
def test_an_actor_that_is_killed_at_drawn_moments_loses_nothing(tmp_path: Path, seed: int) -> None:
    dice = Random(seed)  # noqa: S311 - the same moments in every run
    carrier = Mortal(dice.sample(range(120), 2))
    limits = Limits(actors=2, checkpoint=tmp_path if seed % 3 else None, interval=0)
    space = explored(two_phase_commit(6), carrier, limits)
    carrier.deaths.add(carrier.made + dice.randrange(20))  # while questions are asked
    assert (space.distinct, space.generated, space.depth) == (50_816, 402_306, 20)
    near = always("nobody prepares", ("rm 0",), lambda v: v["rm 0"] != "prepared")
    wanted = packed.explore(two_phase_commit(6), Limits(), quiet)
    for claim in (agreement(6), near, decided(6)):
        one, other = judge(space, claim), judge(wanted, claim)
        assert (one.answer, one.trace) == (other.answer, other.trace)
    carrier.close()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root mounts a small disk")
def test_a_disk_that_is_full_ends_a_search_that_says_so(tmp_path: Path, pair: rays.Rays) -> None:
    if subprocess.run(("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", tmp_path), check=False).returncode:  # noqa: S603, S607
        pytest.skip("mounts are forbidden here")
    try:
        with pytest.raises(ModelError, match="cannot be written: No space left on device"):
            explored(two_phase_commit(6), pair, Limits(actors=2, checkpoint=tmp_path, interval=0))
        assert not list(tmp_path.glob("*.part"))
        assert keeping.read(tmp_path) is not None
    finally:
        subprocess.run(("umount", tmp_path), check=True)  # noqa: S603, S607 - as it is
