"""The report: complete and self-contained as text, and in a real browser the explorer leads where the traces do."""

import gzip
import json
import re
import shutil
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest
from haboot.checker import Action, Limits, ModelError, Outcome, quiet
from haboot.checker.graph import GraphSpace, explore
from haboot.cli.contents import gathered
from haboot.cli.drawings import chart_of
from haboot.cli.judging import judged
from haboot.cli.main import run
from haboot.cli.progress import Meter
from haboot.diagrams import Explorable, path
from haboot.diagrams.explorer import packed
from haboot.ledger import BY_NAME, FINDINGS, SUITES, Judged
from haboot.model import STANDARD, Bench, Scenario, composition, system
from haboot.pages import Content, report_html
from haboot.properties import REQUIREMENTS
from haboot.studies import compared

SHOWN = ("lost-switch-is-final", "split-brain-without-probe", "stale-care-of-address", "two-initiators-race-in-dns")
LARGE = Scenario("large", "a large one", "same", 2, 1, frozenset({"second-initiator", "false-suspicion"}))


def unpacked(block: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The head and the arrays of a packed scenario, read as the page reads them."""
    data = gzip.decompress(b64decode(block))
    length = int.from_bytes(data[:4], "little")
    head, offset, arrays = json.loads(data[4 : 4 + length]), 4 + length, {}
    for name, (kind, size) in head["arrays"].items():
        assert offset % np.dtype(kind).itemsize == 0
        arrays[name] = np.frombuffer(data, kind, size, offset)
        offset += -(-arrays[name].nbytes // 8) * 8
    assert offset == len(data)
    return head, arrays


class Page(HTMLParser):
    """Collects the tags of a page with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def results() -> tuple[Judged, ...]:
    scenarios = (*STANDARD[:3], *(BY_NAME[name].scenario for name in SHOWN))
    return tuple(judged(one, Limits(), Meter()) for one in scenarios)


@pytest.fixture(scope="module")
def content(results: tuple[Judged, ...]) -> Content:
    return gathered(results, [one.scenario.name for one in results])


@pytest.fixture(scope="module")
def page(content: Content) -> str:
    return report_html(content)


def graph(one: Judged) -> GraphSpace:
    assert isinstance(one.report.space, GraphSpace)
    return one.report.space


# The state graph in the page


def test_the_page_holds_the_whole_state_graph(results: tuple[Judged, ...]) -> None:
    for one in results:
        space = graph(one)
        head, arrays = unpacked(packed(Explorable("x", "", space, composition(one.scenario))))
        states = arrays["states"].reshape(len(space.system.slots), -1).T
        assert [tuple(state) for state in states.tolist()] == space.states
        assert [slot["name"] for slot in head["slots"]] == [slot.name for slot in space.system.slots]
        rows = list(zip(arrays["target"].tolist(), arrays["action"].tolist(), arrays["label"].tolist(), strict=True))
        assert rows == [edge[1:] for edge in space.edges]
        leaving = np.diff(arrays["first"]).tolist()
        assert leaving == [space.graph.out_degree(node) for node in range(space.distinct)]
        assert len(head["events"]) == len(space.layout.labels)


def test_reasons_are_given_for_internal_actions_that_no_step_takes(results: tuple[Judged, ...]) -> None:
    space = graph(results[2])
    head, arrays = unpacked(packed(Explorable("x", "", space, composition(results[2].scenario))))
    refused = arrays["refused"].reshape(len(head["refusable"]), -1)
    names = [action.name for action in space.system.actions]
    enabled = {(source, names[action]) for source, _, action, _ in space.edges}
    for row, name in enumerate(head["refusable"]):
        for state in range(space.distinct):
            assert bool(head["reasons"][refused[row, state]]) == ((state, name) not in enabled)


def test_an_address_leads_along_the_trace(results: tuple[Judged, ...]) -> None:
    for one in results[3:]:
        space, verdict = graph(one), one.report[BY_NAME[one.scenario.name].claim]
        assert verdict.trace is not None
        start, *choices = map(int, path(space, verdict.trace).split("-"))
        node = [place for place, origin in enumerate(space.origin) if origin is None][start]
        for choice, step in zip(choices, verdict.trace, strict=True):
            edge = [edge for edge in space.edges if edge[0] == node][choice]
            assert space.system.actions[edge[2]].name == step.action
            node = edge[1]
        assert space.layout.decoded(space.states[node]) == dict(verdict.trace.final)


def test_an_event_of_an_author_s_own_needs_no_lane_and_is_not_shown(results: tuple[Judged, ...]) -> None:
    scenario, product = results[0].scenario, system(results[0].scenario)
    rings = Action("rings", (), (), lambda _: Outcome({}, (Bell(),)), environment=True)
    space = explore(replace(product, actions=(*product.actions, rings)), Limits(), quiet)
    usual, _ = unpacked(packed(Explorable("x", "", graph(results[0]), composition(scenario))))
    head, arrays = unpacked(packed(Explorable("x", "", space, composition(scenario))))
    assert head["lanes"] == usual["lanes"]
    assert head["events"].count([["other"]]) == 1
    ringing = np.flatnonzero(arrays["action"] == head["actions"].index("rings"))
    assert {tuple(head["events"][label][0]) for label in arrays["label"][ringing]} == {("other",)}


@dataclass(frozen=True)
class Bell:
    pass


def test_a_space_that_was_cut_is_refused() -> None:
    scenario = STANDARD[2]
    cut = explore(system(scenario), Limits(max_states=5), quiet)
    with pytest.raises(ModelError, match="cannot be explored in a page: cut by max-states 5"):
        packed(Explorable("x", "", cut, composition(scenario)))


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


def test_the_page_shows_every_scenario_requirement_and_machine(page: str, content: Content) -> None:
    tags = Page(page).tags
    ids = [given["id"] for _, given in tags if given.get("id")]
    assert len(ids) == len(set(ids))
    assert {f"finding-{name}" for name in SHOWN} <= set(ids)
    assert sum(given.get("class") == "scenario" for _, given in tags) == len(content.scenarios)
    assert sum("data-answer" in given for _, given in tags) == len(REQUIREMENTS)
    assert sum(given.get("class") == "machine" for _, given in tags) == len(content.machines)
    spaces = [given["data-name"] for tag, given in tags if tag == "script" and given.get("class") == "space"]
    assert spaces == [one.name for one in content.scenarios]
    targets = {given["href"] for tag, given in tags if tag == "a" and str(given.get("href")).startswith("#finding-")}
    assert targets == {f"#finding-{name}" for name in SHOWN}


def test_the_summary_does_not_pass_a_difference_off_as_success(content: Content) -> None:
    def verdict(one: Content) -> str:
        found = re.search(r'<p class="verdict ([a-z]+)">', report_html(replace(one, findings=(), explorable=())))
        assert found
        return found[1]

    first = content.scenarios[0]
    answers = {one.property.name: one.answer for one in first.report.verdicts}
    right = replace(content, scenarios=(replace(first, expected=answers),))
    wrong = {**answers, next(iter(answers)): "INCOMPLETE"}
    assert verdict(right) == "good"
    assert verdict(replace(content, scenarios=(replace(first, expected=wrong),))) == "bad"  # type: ignore[arg-type]


def test_markup_in_texts_stays_text(content: Content) -> None:
    evil = "<script>document.title = 'harmed'</script>"
    bad = replace(
        content,
        title=evil,
        scenarios=(replace(content.scenarios[0], name=evil, summary=evil, assumptions=(evil,)),),
        requirements=(replace(content.requirements[0], text=evil, reading=evil, waiver=evil),),
        findings=(replace(content.findings[0], name=evil, what=evil, fault=evil, statement=evil, property=evil),),
        machines=(replace(content.machines[0], participant=replace(content.machines[0].participant, name=evil)),),
        explorable=(replace(content.explorable[0], name=evil, summary=evil),),
    )
    page = report_html(bad)
    assert evil not in page
    scripts = [given for tag, given in Page(page).tags if tag == "script"]
    assert [given.get("class") for given in scripts] == ["trace", "space", None]


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
    assert run(("report", "-o", str(target), "--explore", SHOWN[0])) == 0
    assert capsys.readouterr().out.endswith(" MiB, 3 scenarios\n")
    text = target.read_text(encoding="utf-8")
    assert explorable(text) == [STANDARD[0].name, STANDARD[1].name, SHOWN[0]]
    assert 'id="variant-vhar"' in text


def test_a_report_of_scenarios_by_name_or_from_a_file_holds_no_others(tmp_path: Path) -> None:
    mine, target = tmp_path / "mine.toml", tmp_path / "report.html"
    mine.write_text('[[scenario]]\nname = "ours"\nsummary = "what we run"\nexpected.no-deadlock = "VIOLATED"\n')
    assert run(("report", "forger", str(mine), "-o", str(target))) == 1
    text = target.read_text(encoding="utf-8")
    assert explorable(text) == ["forger", "ours"]
    assert "what we run" in text
    assert [one.name for one in SUITES["standard"] if one.summary in text] == ["forger"]
    assert 'id="variant-' not in text


@pytest.mark.usefixtures("small")
def test_what_no_page_can_hold_is_told_and_stepped_through_only_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("haboot.cli.contents.MOST", 11)
    target = tmp_path / "report.html"
    assert run(("report", "-o", str(target), "--explore", STANDARD[0].name)) == 0
    assert capsys.readouterr().out.endswith(" MiB, 2 scenarios\n")
    assert explorable(target.read_text(encoding="utf-8")) == [STANDARD[0].name]


def test_a_finding_without_a_trace_is_no_part_of_a_report(
    results: tuple[Judged, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    holds = next(one.property.name for one in results[3].report.verdicts if one.trace is None)
    gone = replace(BY_NAME[SHOWN[0]], claim=holds)
    monkeypatch.setattr("haboot.cli.contents.FINDINGS", (gone,))
    with pytest.raises(ModelError, match=rf"finding '{gone.name}' has no trace any more: {holds} is HOLDS"):
        gathered(results, [gone.name])


# The page in a browser


@pytest.fixture(scope="module")
def opened(page: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A headless Chromium and the address of the report."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("needs Debian's chromium and chromium-driver")
    from selenium import webdriver  # noqa: PLC0415 - only where there is a browser
    from selenium.webdriver.chrome.service import Service  # noqa: PLC0415

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(driver))
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(page, encoding="utf-8")
    yield browser, file.as_uri()
    browser.quit()


def visit(browser: Any, address: str) -> None:
    browser.get("about:blank")
    browser.get(address)
    wait(browser, "return document.querySelector('#explorer').dataset.state !== undefined")


def wait(browser: Any, condition: str) -> None:
    from selenium.webdriver.support.ui import WebDriverWait  # noqa: PLC0415

    WebDriverWait(browser, 20).until(lambda one: one.execute_script(condition))


def messages(browser: Any) -> list[str]:
    """The messages that the explorer's chart shows as ended, as source, target and text."""
    script = "return [...document.querySelectorAll('#x-chart g.message:not(.under-way) title')].map(t => t.textContent)"
    return list(browser.execute_script(script))


def complaints(browser: Any) -> list[str]:
    return [entry["message"] for entry in browser.get_log("browser")]


def requests(browser: Any) -> list[str]:
    """Every address that the page asked for, without its own."""
    sent = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [one["params"]["request"]["url"] for one in sent if one["method"] == "Network.requestWillBeSent"]
    return [url for url in asked if not url.startswith(("file:", "about:"))]


@pytest.mark.slow
@pytest.mark.parametrize("name", SHOWN)
def test_clicking_the_actions_of_a_trace_reaches_its_end(opened: Any, results: tuple[Judged, ...], name: str) -> None:
    browser, address = opened
    one = next(result for result in results if result.scenario.name == name)
    finding, space = BY_NAME[name], graph(one)
    verdict = one.report[finding.claim]
    assert verdict.trace is not None
    start, *choices = path(space, verdict.trace).split("-")
    visit(browser, f"{address}#explore/{name}/{start}")
    for number, (choice, step) in enumerate(zip(choices, verdict.trace, strict=True), start=1):
        buttons = browser.find_elements("css selector", "#x-enabled button")
        assert buttons[int(choice)].text.startswith(step.action)
        buttons[int(choice)].click()
        wait(browser, f"return document.querySelector('#x-where').textContent.endsWith('step {number}')")
    picture = chart_of(verdict)
    told = [f"{a.source} to {a.target}: {a.text}" for row in picture.rows for a in row.arrows]
    assert messages(browser) == told
    if finding.claim in browser.find_element("css selector", "#x-marks").text:
        lit = browser.find_elements("css selector", "#x-machines .here")
        assert len(lit) == len(browser.find_elements("css selector", "#x-machines figure"))
    else:
        pytest.fail(f"the end of the trace is not marked as breaking {finding.claim}")
    assert complaints(browser) == []
    assert requests(browser) == []


@pytest.mark.slow
def test_a_deep_link_restores_the_state_and_back_leaves_it(opened: Any, content: Content) -> None:
    browser, address = opened
    finding = content.findings[0]
    visit(browser, f"{address}#explore/{finding.address}")
    wait(browser, f"return document.querySelector('#x-where').textContent.endsWith('step {len(finding.trace)}')")
    assert finding.property in browser.find_element("css selector", "#x-marks").text
    before = browser.find_element("css selector", "#x-where").text
    assert len(messages(browser)) == sum(len(row.arrows) for row in finding.chart.rows)
    browser.find_element("id", "x-back").click()
    wait(browser, f"return document.querySelector('#x-where').textContent.endsWith('step {len(finding.trace) - 1}')")
    browser.back()
    wait(browser, f"return document.querySelector('#x-where').textContent === {json.dumps(before)}")
    assert unquote(browser.current_url).endswith(finding.address)
    visit(browser, f"{address}#explore/no-such-scenario/0-99")
    assert browser.find_element("css selector", "#x-where").text.endswith("step 0")
    assert complaints(browser) == []


@pytest.mark.slow
def test_the_explorer_obeys_the_keyboard_and_says_why_not(opened: Any) -> None:
    from selenium.webdriver.common.keys import Keys  # noqa: PLC0415

    browser, address = opened
    visit(browser, f"{address}#explore/contention/0")
    refused = browser.find_element("css selector", "#x-disabled").text
    assert "H.MN1 starts IKE — guard is false: suspects failure" in refused
    body = browser.find_element("tag name", "body")

    def at(step: int) -> None:
        wait(browser, f"return document.querySelector('#x-where').textContent.endsWith('step {step}')")

    body.send_keys("1")
    at(1)
    body.send_keys(Keys.ARROW_DOWN)
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    at(2)
    assert "H.MN2 starts IKE — guard is false: slot is free" in browser.find_element("css selector", "#x-disabled").text
    browser.find_element("tag name", "body").send_keys(Keys.ARROW_LEFT)
    at(1)
    browser.find_element("tag name", "body").send_keys(Keys.HOME)
    at(0)
    assert complaints(browser) == []


@pytest.mark.slow
def test_the_filter_keeps_the_rows_that_fit(opened: Any) -> None:
    browser, address = opened
    visit(browser, address)
    assert browser.find_elements("css selector", "#verdicts tr.scenario")
    shown = "return [...document.querySelectorAll('#matrix tbody > tr[data-answer]')].filter(r => !r.hidden).length"
    every = browser.execute_script(shown)
    browser.find_element("id", "filter-text").send_keys("Binding Update")
    some = browser.execute_script(shown)
    assert 0 < some < every
    assert browser.find_element("id", "filter-count").text == f"{some} of {every}"
    browser.find_element("id", "filter-text").clear()
    from selenium.webdriver.support.ui import Select  # noqa: PLC0415

    Select(browser.find_element("id", "filter-answer")).select_by_visible_text("waived")
    assert browser.execute_script(shown) == sum(bool(row.waiver) for row in REQUIREMENTS)
    assert complaints(browser) == []


@pytest.mark.slow
def test_a_step_of_a_finding_opens_the_whole_state(opened: Any, content: Content) -> None:
    browser, address = opened
    visit(browser, address)
    script = """
      const list = document.querySelector('ol.steps'); list.parentElement.open = true;
      list.lastElementChild.querySelector('button').click();
      return [...list.querySelectorAll('tr')].map(r => [r.cells[0].textContent, r.className])"""
    rows = browser.execute_script(script)
    trace = content.findings[0].trace
    assert [name for name, _ in rows] == list(trace.initial)
    assert {name for name, marked in rows if marked} == set(trace.steps[-1].changes)


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_a_phone_and_follows_the_scheme(opened: Any, content: Content, width: int, scheme: str) -> None:
    browser, address = opened
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    visit(browser, f"{address}#explore/{content.findings[0].address}")
    wide, window, paper = browser.execute_script(
        "return [document.documentElement.scrollWidth, innerWidth, getComputedStyle(document.body).backgroundColor]"
    )
    assert wide <= window == width
    assert (paper == "rgb(255, 255, 255)") == (scheme == "light")


@pytest.mark.slow
def test_a_report_with_all_findings_and_a_large_scenario_is_small(tmp_path: Path) -> None:
    findings = [judged(one.scenario, Limits(), Meter()) for one in FINDINGS]
    large = explore(system(LARGE), Limits(), quiet)
    assert large.distinct >= 20_000
    whole = gathered(findings, [one.scenario.name for one in findings])
    big = Explorable(LARGE.name, "", large, composition(LARGE))
    target = tmp_path / "report.html"
    target.write_text(report_html(replace(whole, explorable=(*whole.explorable, big))), encoding="utf-8")
    assert target.stat().st_size < 10 * 2**20
