"""The comparison: its cells are what exploring gives, its figures those of the cheapest runs, its page today's."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import networkx as nx
import pytest
from haboot.checker import Limits, Query, Sent, check, quiet
from haboot.checker.graph import GraphSpace, explore
from haboot.cli.alternatives import comparison, page, witnesses
from haboot.cli.compare import explored
from haboot.cli.main import run
from haboot.model import BENCHES, Bench, alternative, system
from haboot.pages import Content, report_html
from haboot.studies import ASSUMED, MEASURED, QUESTIONS, Line, compared, measured, scenario_of

ROOT = Path(__file__).parent.parent
SOME = (Bench("ha-initiated"), Bench("mn-initiated"), Bench("mn-initiated", ("own-detection",)), Bench("vhar"))


@pytest.fixture(scope="module")
def lines() -> tuple[Line, ...]:
    return tuple(explored())


def shown(line: Line) -> dict[str, str]:
    return {question.heading: cell.shown for question, cell in zip(QUESTIONS, line.cells, strict=True)}


def test_figures_are_those_of_the_sources() -> None:
    figures = {
        bench.name: (shown(compared(bench, ()))["messages"], shown(compared(bench, ()))["trips"]) for bench in BENCHES
    }
    assert figures["ha-initiated"] == ("9", "4.5")
    assert figures["mn-initiated"] == ("never", "never")
    assert figures["mn-initiated+own-detection"] == ("8", "4")
    assert figures["switch-current"] == ("9", "4.5")
    assert figures["switch-preestablished"][0] == "4"
    assert figures["switch-preestablished+no-deregistration"] == ("3", "1.5")
    assert figures["vhar"] == ("1", "0")
    assert figures["haha"][0] == "5"


def test_the_throttle_bounds_the_draft_and_nothing_bounds_the_mobile_nodes() -> None:
    bounded, unbounded = (shown(compared(bench, ()))["IKE"] for bench in (SOME[0], SOME[2]))
    assert (bounded, unbounded) == ("1", "2")


def test_each_cell_is_what_judging_its_scenario_gives(lines: tuple[Line, ...]) -> None:
    from haboot.properties import properties  # noqa: PLC0415

    for line in lines:
        if line.bench not in SOME or not line.cells:
            continue
        scenario = scenario_of(line.bench, line.assumed)
        product = system(scenario)
        answers = {one.property.name: one for one in check(product, properties(scenario, product)).verdicts}
        for cell in line.cells:
            if cell.good is not None:
                wanted = "VIOLATED" if not cell.good and cell.claim != "recovered" else "UNREACHED"
                assert str(answers[cell.claim].answer) == ("HOLDS" if cell.good else wanted)
                assert cell.scenario == scenario.name


def test_what_is_not_modelled_has_no_cells(lines: tuple[Line, ...]) -> None:
    missing = {(line.bench.name, line.assumed) for line in lines if not line.cells}
    assert ("vhar", ("movement",)) in missing
    assert ("haha", ("crash", "rekeying")) in missing
    assert all(line.cells for line in lines if line.assumed == ())
    assert len(lines) == len(BENCHES) * len(ASSUMED)


def test_what_must_exist_beforehand() -> None:
    needs = {bench.name: compared(bench, ()).needs for bench in BENCHES}
    assert needs["ha-initiated"] == needs["mn-initiated+own-detection"] == "nothing"
    assert needs["mn-initiated"] == "nothing would do: it never recovers"
    assert needs["switch-current"] == "the switch, sent by O"
    assert needs["switch-preestablished"] == "an association with H"
    assert needs["vhar"] == "a copy of binding and association at H"
    assert needs["haha"] == "an association with H, a copy of the binding at H"


def test_what_exists_in_some_of_the_states_alone_need_not_exist_beforehand(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [("all of O", ("O.state",), lambda _: True), ("nothing at all", ("O.state",), lambda _: False)]
    monkeypatch.setattr("haboot.studies.comparison._holdings", lambda *_: iter(found))
    assert compared(Bench("vhar"), ()).needs == "all of O"


@pytest.mark.parametrize("name", ["ha-initiated", "switch-current", "haha"])
def test_the_cheapest_way_is_that_of_networkx(name: str) -> None:
    """Dijkstra of another author, over the same edges with the messages as weights."""
    space = explore(system(alternative(name, ["crash"] if name != "switch-current" else ["loss"])), Limits(), quiet)
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(len(space.states)))
    for source, target, _, label in space.edges:
        graph.add_edge(source, target, weight=sum(isinstance(one, Sent) for one in space.layout.labels[label][0]))
    reads = ("MN1.state", "MN1.home_agent", "H.MN1.binding.state")
    goal = Query(
        "at H", reads, lambda view: (view[reads[0]], view[reads[1]], view[reads[2]]) == ("bound", "H", "bound")
    )
    starts = {node for node in range(len(space.states)) if space.origin[node] is None}
    distance = nx.multi_source_dijkstra_path_length(graph, starts)
    wanted = min(distance[node] for node in space.matching(goal) if node in distance)
    found = space.cheapest(goal, lambda _, events: (None, sum(isinstance(one, Sent) for one in events)))
    assert found is not None
    cost, trace = found
    assert cost == wanted == sum(isinstance(event, Sent) for step in trace for event in step.events)


def test_reaching_is_the_states_from_which_a_goal_can_be_reached() -> None:
    space = explore(system(alternative("mn-initiated")), Limits(), quiet)
    assert isinstance(space, GraphSpace)
    suspecting = Query("suspecting", ("H.detector.state",), lambda view: view["H.detector.state"] == "suspecting")
    assert space.reaching(suspecting) == {0, 1}
    assert space.reaching(Query("nothing", (), lambda _: False)) == frozenset()


def test_the_page_is_what_comparing_gives_today(lines: tuple[Line, ...]) -> None:
    assert (ROOT / "docs" / "alternatives.md").read_text(encoding="utf-8") == page(lines)


def test_every_link_of_the_page_leads_somewhere(lines: tuple[Line, ...]) -> None:
    text = page(lines)
    linked = {part.split(")")[0] for part in text.split("](#")[1:]}
    anchors = {part.split('"')[0] for part in text.split('<a id="')[1:]}
    assert linked == anchors
    runs = witnesses(lines)
    assert all((cell.scenario, cell.claim) in runs for line in lines for cell in line.cells if cell.trace is not None)


def test_the_report_shows_the_comparison_and_its_links_lead_somewhere(lines: tuple[Line, ...]) -> None:
    html = report_html(Content("title", "test", (), comparison=comparison(lines)))
    linked = {part.split('"')[0] for part in html.split('<td data-label="')[1:] if 'href="#' in part[:200]}
    targets = {part.split('"')[0] for part in html.split('href="#')[1:]} - {"summary", "alternatives"}
    assert linked
    assert all(f'id="{target}"' in html for target in targets)
    assert all(f'id="variant-{quote(bench.name, safe="")}"' in html for bench in BENCHES)


def test_a_cell_is_drawn_by_trace(capsys: pytest.CaptureFixture[str]) -> None:
    line = compared(Bench("vhar"), ("crash",))
    (broken, *_) = (cell for cell in line.cells if cell.good is False)
    assert run(("trace", broken.scenario, broken.claim)) == 0
    assert f"{broken.claim}: VIOLATED in vhar+crash" in capsys.readouterr().out
    for question in MEASURED:
        assert run(("trace", "mn-initiated+2+own-detection", question.claim)) == 0
        assert f"{question.claim}: " in capsys.readouterr().out


def test_a_measure_by_name_is_the_cell() -> None:
    line = compared(Bench("haha"), ("loss",))
    for cell in line.cells[-3:]:
        assert measured(cell.claim, scenario_of(line.bench, line.assumed))[0] == cell.shown


def test_the_command_prints_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "out.json"
    assert run(("compare", "vhar", "mn-initiated", "--assume", "crash,rekeying", "--json", str(target))) == 0
    text = capsys.readouterr().out
    assert "needs beforehand: a copy of binding and association at H" in text
    assert "not modelled: crash + rekeying" in text
    data = json.loads(target.read_text())
    assert [line["variant"] for line in data["lines"]] == ["mn-initiated"] * 4 + ["vhar"] * 2
    vhar = data["lines"][-1]["cells"]["every-node-recovers"]
    assert vhar == {"shown": "NO", "good": False, "scenario": "vhar+crash+rekeying", "trace_length": 2}


def test_a_cell_whose_exploration_was_cut_is_incomplete(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haboot.studies.comparison.MOST", 5)
    (bench,) = [one for one in BENCHES if one.name == "vhar"]
    shown = {cell.shown for cell in compared(bench, ()).cells}
    assert "INCOMPLETE" in shown
    assert "yes" not in shown


def test_a_comparison_in_which_nothing_breaks_names_no_trace(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line = compared(Bench("vhar"), ("crash",))
    whole = replace(line, cells=tuple(replace(cell, good=cell.good or None) for cell in line.cells))
    for lines, told in (((line,), True), ((whole,), False)):
        monkeypatch.setattr("haboot.cli.compare.explored", lambda *_, given=lines: iter(given))
        assert run(("compare", "vhar", "--assume", "crash")) == 0
        assert ("See a cell with: haboot trace vhar+crash " in capsys.readouterr().out) == told


def test_a_comparison_is_written_up_and_not_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "page.md"
    assert run(("compare", "vhar", "--assume", "crash", "--document", str(target))) == 0
    assert capsys.readouterr().out == ""
    wanted = page([compared(Bench("vhar"), ()), compared(Bench("vhar"), ("crash",))])
    assert target.read_text(encoding="utf-8") == wanted


def test_a_comparison_that_an_interrupt_cuts_shows_its_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def cut(*_: object) -> Iterator[Line]:
        yield compared(Bench("vhar"), ("crash",))
        raise KeyboardInterrupt

    monkeypatch.setattr("haboot.cli.compare.explored", cut)
    assert run(("compare", "vhar", "--assume", "crash", "--json", str(tmp_path / "out.json"))) == 130
    shown = capsys.readouterr().out
    assert "needs beforehand: a copy of binding and association at H" in shown
    assert shown.endswith("INTERRUPTED: 1 of 2 lines so far\n")
    assert not list(tmp_path.iterdir())
