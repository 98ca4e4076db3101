"""The report as text: complete, self-contained, of any model, and honest about what it rests on."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from haboot.checker import Answer, Limits, ModelError, check, compose, explore, quiet
from haboot.cli.contents import HEADLINES, gathered
from haboot.cli.judging import judged
from haboot.cli.main import run
from haboot.cli.progress import Meter
from haboot.ledger import BY_NAME, FINDINGS, SUITES, Judged
from haboot.model import AMENDMENTS, STANDARD, Bench, Scenario, composition, system
from haboot.pages import Checked, Content, entries, of_model, report_html
from haboot.pages.content import Sight, machines
from haboot.properties import CLAIMS, REQUIREMENTS
from haboot.studies import FaultSets, compared, faulty_scenario, minimal_fault_sets

from examples.alternating_bit import PROPERTIES, alternating_bit, careless
from tests.runs import shown

SHOWN = ("lost-switch-is-final", "split-brain-without-probe", "stale-care-of-address", "two-initiators-race-in-dns")
LARGE = Scenario("large", "a large one", "same", 2, 1, frozenset({"second-initiator", "false-suspicion"}))
OF_THE_PROTOCOL = ("mobile", "ipv6", "home agent", "ike", "binding", "draft", "ledger", "mip6")


class Page(HTMLParser):
    """Collects the tags of a page with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def links(self, start: str) -> list[str]:
        """Where links lead whose addresses begin so, as they are meant."""
        found = (str(given.get("href")) for tag, given in self.tags if tag == "a")
        return [unquote(one.removeprefix(start)) for one in found if one.startswith(start)]


@pytest.fixture(scope="module")
def results() -> tuple[Judged, ...]:
    return shown(*SHOWN)


@pytest.fixture(scope="module")
def broken() -> tuple[int, FaultSets]:
    """Which pairs of a few faults break what of the first scenario."""
    few = ("duplication", "false-suspicion", "return-kept", "second-initiator", "no-b-bit")
    return 2, minimal_fault_sets(faulty_scenario(STANDARD[0], few), 2)


@pytest.fixture(scope="module")
def content(results: tuple[Judged, ...], broken: tuple[int, FaultSets]) -> Content:
    return gathered(results, faults={STANDARD[0].name: broken})


@pytest.fixture(scope="module")
def page(content: Content) -> str:
    return report_html(content)


@pytest.fixture(scope="module")
def foreign() -> Content:
    """The report of a model that has nothing to do with the protocol."""
    checked = []
    for name, wired in (("careful", alternating_bit()), ("careless", alternating_bit(careless()))):
        checked.append(
            Checked(name, check(compose(wired), PROPERTIES), wired, assumptions=("haste",) * (name == "careless"))
        )
    return of_model("Alternating bit", "a test", checked)


# The page as text


def test_the_page_asks_for_nothing_outside(page: str) -> None:
    tags = Page(page).tags
    for tag, given in tags:
        assert tag not in {"link", "iframe", "object", "embed", "base"}
        for name in ("src", "href", "xlink:href", "action"):
            assert (given.get(name) or "#").startswith("#"), (tag, given)
    assert not re.search(r"@import|url\(", page)
    policy = [given for tag, given in tags if tag == "meta" and given.get("http-equiv") == "Content-Security-Policy"]
    assert "default-src 'none'" in str(policy[0]["content"])


def test_the_page_shows_every_scenario_requirement_property_and_machine(page: str, content: Content) -> None:
    parsed = Page(page)
    ids = [given["id"] for _, given in parsed.tags if given.get("id")]
    assert len(ids) == len(set(ids))
    found = {kind: sum(given.get("data-find") == kind for _, given in parsed.tags) for kind in ("scenario", "property")}
    asked = {verdict.property.name for one in content.scenarios for verdict in one.report.verdicts}
    assert found == {"scenario": len(content.scenarios), "property": len(asked)}
    assert {f"finding-{name}" for name in SHOWN} <= set(ids)
    assert sum("data-answer" in given for _, given in parsed.tags) == len(REQUIREMENTS)
    assert sum(given.get("class") == "machine" for _, given in parsed.tags) == len(content.machines)
    assert explorable(page) == [one.name for one in content.scenarios]
    assert set(parsed.links("#property-")) <= asked


def test_every_verdict_with_a_trace_is_one_click_from_its_first_step(page: str, content: Content) -> None:
    traced = {
        f"{one.name}/{verdict.property.name}"
        for one in content.scenarios
        for verdict in one.report.verdicts
        if verdict.trace is not None
    }
    assert set(Page(page).links("#trace/")) == traced
    assert len(traced) > 20


def test_the_page_shows_every_minimal_set_of_faults_and_a_tree_of_each_property(
    content: Content, page: str, broken: tuple[int, FaultSets]
) -> None:
    _, found = broken
    (entry,) = content.faults
    assert {one.property: [some.faults for some in one.sets] for one in entry.trees} == {
        name: [one.faults for one in some] for name, some in found.sets.items()
    }
    assert "no-update-to-left-agent" in found.sets, "which nothing asks where nothing fails, so no page is about it"
    ids = {given.get("id") for _, given in Page(page).tags}
    assert {f"faults-{entry.name}-{name}" for name in found.sets} <= ids
    for place, one in enumerate(entry.trees):
        assert dict(one.importance) == {
            name: sum(name in some.faults for some in one.sets) for some in one.sets for name in some.faults
        }
        drawn = [str(one) for one in ids if str(one).startswith(f"t0-{place}-f")]
        assert len(drawn) == len({name for some in one.sets for name in some.faults})
    assert set(found.left_out) == set(entry.left_out)


def test_a_search_for_fault_sets_that_was_cut_does_not_pass_for_whole(
    results: tuple[Judged, ...], broken: tuple[int, FaultSets]
) -> None:
    order, found = broken
    cut = replace(found, order=1, cut="max-states 7", bounded=(frozenset({"loss"}), frozenset()))
    (entry,) = gathered(results[:1], faults={"one": (order, cut)}).faults
    assert entry.unsettled == (
        "complete to order 1: cut by max-states 7",
        "under loss a bound cut runs",
        "under nothing a bound cut runs",
    )
    assert report_html(gathered(results[:1], faults={"one": (order, cut)})).count("INCOMPLETE</span> complete to") == 1


def test_headlines_are_broken_by_the_fewest_assumptions(content: Content, page: str) -> None:
    assert {claim.name for claim in CLAIMS} >= set(HEADLINES)
    assert [one.claim.name for one in content.headline] == list(HEADLINES)
    for one in content.headline:
        broken = [sight for sight in one.sights if sight.verdict.answer is Answer.VIOLATED]
        for sight in broken:
            mine = set(sight.scenario.assumptions)
            assert any(set(least.scenario.assumptions) <= mine for least in one.breakers)
        least = [set(sight.scenario.assumptions) for sight in one.breakers]
        assert not any(one < other for one in least for other in least)
    section = page[page.index('id="headline"') : page.index('id="properties"')]
    for one in content.headline:
        for sight in one.breakers[:3]:
            assert f'href="#trace/{sight.scenario.name}/{one.claim.name}"' in section


def test_the_summary_does_not_pass_a_difference_off_as_success(content: Content) -> None:
    def verdict(one: Content) -> str:
        found = re.search(r'<p class="verdict ([a-z]+)">', report_html(replace(one, findings=())))
        assert found
        return found[1]

    first = content.scenarios[0]
    answers = {one.property.name: one.answer for one in first.report.verdicts}
    cut = [replace(first.report.verdicts[0], answer=Answer.INCOMPLETE, trace=None), *first.report.verdicts[1:]]
    wrong = {**answers, next(iter(answers)): Answer.UNREACHED}
    changed = {
        "good": replace(first, expected=answers),
        "bad": replace(first, expected=wrong),
        "warn": replace(first, expected=answers, report=replace(first.report, verdicts=tuple(cut))),
    }
    for due, one in changed.items():
        assert verdict(replace(content, scenarios=(one,))) == due


def test_markup_in_texts_stays_text(content: Content) -> None:
    evil = "<script>document.title = 'harmed'</script>"
    first = content.scenarios[0]
    claims = [replace(one, property=replace(one.property, statement=evil), note=evil) for one in first.report.verdicts]
    report = replace(first.report, verdicts=tuple(claims))
    scenario = replace(first, name=evil, summary=evil, assumptions=(evil,), report=report)
    bad = replace(
        content,
        title=evil,
        made_by=evil,
        scenarios=(scenario,),
        headline=entries([scenario]),
        requirements=(replace(content.requirements[0], text=evil, reading=evil, waiver=evil),),
        findings=(replace(content.findings[0], name=evil, what=evil, fault=evil, statement=evil, property=evil),),
        machines=(replace(content.machines[0], participant=replace(content.machines[0].participant, name=evil)),),
    )
    page = report_html(bad)
    assert evil not in page
    scripts = [given for tag, given in Page(page).tags if tag == "script"]
    assert [given.get("class") for given in scripts] == ["space", None]


# Of any model


def test_the_report_of_another_model_has_no_word_of_the_protocol(foreign: Content) -> None:
    page = report_html(foreign).lower()
    text = re.sub(r'<script type="text/plain".*?</script>', "", page, flags=re.DOTALL)
    assert not [word for word in OF_THE_PROTOCOL if re.search(rf"\b{word}\b", text)]
    assert set(explorable(page)) == {"careful", "careless"}
    for missing in ("requirements", "findings", "alternatives"):
        assert f'id="{missing}"' not in page
    (broken,) = [one for one in foreign.headline if one.breakers]
    assert broken.breakers == [Sight(foreign.scenarios[1], foreign.scenarios[1].report[broken.claim.name])]


def overview(content: Content) -> list[str]:
    """Return the rows of the first table as a reader has them, from its head on."""
    (table,) = re.findall(r'<table class="wide" id="headline">(.*?)</table>', report_html(content), re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)]


def test_where_nothing_is_assumed_each_property_stands_once_beside_its_verdict(foreign: Content) -> None:
    plain = tuple(replace(one, assumptions=()) for one in foreign.scenarios)
    haste, alone = overview(foreign), overview(replace(foreign, headline=entries(plain), scenarios=plain))
    assert haste[0] == "What must hold is broken by, at the least"
    assert haste[1:] == [
        "each item is delivered once haste careless, 4 steps",
        "each item is answered nothing: HOLDS in all 2 scenarios",
    ]
    assert alone[0] == "What must hold verdict"
    assert alone[1:] == [
        "each item is delivered once VIOLATED in careless , 4 steps",
        "each item is answered HOLDS in all 2 scenarios",
    ]


def test_templates_have_no_word_of_the_protocol() -> None:
    root = Path(__file__).parent.parent
    every = [path for folder in ("diagrams", "pages") for path in (root / folder / "templates").iterdir()]
    assert len(every) > 8
    for path in every:
        words = path.read_text(encoding="utf-8").lower()
        assert not [word for word in OF_THE_PROTOCOL if re.search(rf"\b{word}\b", words)], path


def test_machines_are_drawn_once_with_the_rows_that_nobody_takes(results: tuple[Judged, ...], content: Content) -> None:
    names = [one.participant.name for one in content.machines]
    assert len(names) == len(set(names))
    agent = next(one for one in content.machines if one.participant.name == "initiator home agent")
    fewer = next(one for one in gathered(results[:1]).machines if one.participant.name == "initiator home agent")
    assert agent.unfired < fewer.unfired


def test_where_a_space_cannot_tell_its_rows_count_as_taken() -> None:
    scenario = STANDARD[0]
    space = explore(system(scenario), Limits(), quiet, "packed")
    report = replace(judged(scenario, Limits(), Meter()).report, space=space)
    assert not any(one.unfired for one in machines([Checked("packed", report, composition(scenario))]))


# The command


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A suite of two scenarios, and a comparison of one line."""
    monkeypatch.setitem(SUITES, "standard", STANDARD[:2])
    monkeypatch.setattr("haboot.cli.compare.explored", lambda: iter([compared(Bench("vhar"), ())]))


def explorable(text: str) -> list[str | None]:
    return [given["data-name"] for tag, given in Page(text).tags if tag == "script" and given.get("class") == "space"]


@pytest.mark.usefixtures("small")
def test_the_command_writes_the_suite_and_what_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "report.html"
    assert run(("report", "-o", str(target), "--explore", SHOWN[0], "--faults", "0")) == 0
    assert capsys.readouterr().out.endswith(" MiB, 3 scenarios\n")
    text = target.read_text(encoding="utf-8")
    assert explorable(text) == [STANDARD[0].name, STANDARD[1].name, SHOWN[0]]
    assert 'id="variant-vhar"' in text


MAY_FAIL = """
from haboot import Action, Model, Slot, System, always

UP = Action("up", ("n",), ("n",), lambda v: {"n": 1} if not v["n"] else None, assumes=ASSUMES)
SYSTEM = System("NAME", (Slot("n", (0, 1)),), ({"n": 0},), (UP,))
MODEL = Model("NAME", SYSTEM, (always("stays zero", ("n",), lambda v: v["n"] == 0),))
"""


def test_sets_of_faults_are_those_of_what_is_named_where_they_are_asked_for(tmp_path: Path) -> None:
    files, target = [tmp_path / "some.py", tmp_path / "none.py"], tmp_path / "report.html"
    for file, assumes in zip(files, ('"crash"', "()"), strict=True):
        file.write_text(MAY_FAIL.replace("NAME", file.stem).replace("ASSUMES", assumes))
    for more, wanted in (((), set()), (("--faults", "2"), {"faults-some-stays%20zero"})):
        run(("report", *map(str, files), "-o", str(target), *more))
        ids = {str(given.get("id")) for _, given in Page(target.read_text(encoding="utf-8")).tags}
        assert {one for one in ids if one.startswith("faults-") and one.endswith("zero")} == wanted


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(("missing", "order"), [("", 1), ("numba", 0)])
def test_the_suite_shows_those_of_the_draft_in_both_flows(
    missing: str, order: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[tuple[str, int]]()
    monkeypatch.setitem(SUITES, "standard", (*STANDARD[:4], Scenario("vhar", "", variant="vhar")))
    monkeypatch.setattr("haboot.cli.report.missing_extra", lambda _: missing)
    monkeypatch.setattr("haboot.cli.report.fault_sets_of", lambda one, most, _: asked.append((one.name, most)))
    assert run(("report", "-o", str(tmp_path / "report.html"))) == 0
    assert asked == [(name, order) for name in ("same-prefix", "new-prefix") if order]


def test_where_nothing_is_of_the_draft_every_property_is_a_headline() -> None:
    one = judged(Scenario("shared", "", "same", variant="vhar"), Limits(), Meter())
    assert [entry.claim.name for entry in gathered([one]).headline] == [v.property.name for v in one.report.verdicts]


def test_a_report_of_scenarios_by_name_or_from_a_file_holds_no_others(tmp_path: Path) -> None:
    mine, target = tmp_path / "mine.toml", tmp_path / "report.html"
    mine.write_text('[[scenario]]\nname = "ours"\nsummary = "what we run"\nexpected.no-deadlock = "VIOLATED"\n')
    assert run(("report", "forger", str(mine), "-o", str(target))) == 1
    text = target.read_text(encoding="utf-8")
    assert explorable(text) == ["forger", "ours"]
    assert "what we run" in text
    assert [one.name for one in SUITES["standard"] if one.summary in text] == ["forger"]
    assert 'id="variant-' not in text


def test_of_what_no_page_can_hold_it_has_the_traces(
    results: tuple[Judged, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("haboot.pages.content.MOST", 11)
    made = gathered(results[:1])
    assert not made.scenarios[0].is_whole
    page = report_html(made)
    assert explorable(page) == [STANDARD[0].name]
    assert Page(page).links("#trace/")


@pytest.mark.usefixtures("small")
def test_all_of_it_is_refused_where_it_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("haboot.diagrams.explorer.MOST", 11)
    target = tmp_path / "report.html"
    assert run(("report", "-o", str(target), "--explore", STANDARD[0].name, "--faults", "0")) == 2
    assert f"'{STANDARD[0].name}' cannot be explored in a page: 12 states (at most 11" in capsys.readouterr().err
    assert not target.exists()


def test_a_finding_without_a_trace_is_no_part_of_a_report(
    results: tuple[Judged, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    holds = next(one.property.name for one in results[3].report.verdicts if one.trace is None)
    gone = replace(BY_NAME[SHOWN[0]], claim=holds)
    monkeypatch.setattr("haboot.cli.contents.FINDINGS", (gone,))
    with pytest.raises(ModelError, match=rf"finding '{gone.name}' has no trace any more: {holds} is HOLDS"):
        gathered(results)


@pytest.mark.slow
def test_a_report_with_all_findings_and_a_large_scenario_is_small(tmp_path: Path) -> None:
    findings = [judged(one.scenario, Limits(), Meter()) for one in FINDINGS]
    large = judged(LARGE, Limits(), Meter())
    assert large.report.space.distinct >= 20_000
    target = tmp_path / "report.html"
    target.write_text(report_html(gathered([*findings, large])), encoding="utf-8")
    assert target.stat().st_size < 5 * 2**20


def test_every_amendment_is_on_the_page_and_leads_to_the_findings_there(page: str) -> None:
    for name, one in AMENDMENTS.items():
        assert f'id="amendment-{name}"' in page
        assert set(one.mends) & set(SHOWN) <= {unquote(link) for link in Page(page).links("#finding-")}
