"""The report and the served explorer in a real browser: by mouse and by keyboard, wide and narrow, and on paper."""

import base64
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from haboot.checker import Limits
from haboot.checker.graph.ways import way_to
from haboot.cli.contents import checked, gathered
from haboot.cli.judging import judged
from haboot.cli.progress import Meter
from haboot.diagrams import path
from haboot.ledger import BY_NAME, Judged
from haboot.model import STANDARD, Bench
from haboot.pages import Content, report_html
from haboot.properties import REQUIREMENTS
from haboot.studies import compared, faulty_scenario, minimal_fault_sets

from tests.browser import at, chromium, complaints, faults, press, requests, shaped, text, visit, wait
from tests.runs import shown
from tests.test_explorer import graph, serving

pytestmark = pytest.mark.slow
SHOWN = (
    "lost-switch-is-final",
    "split-brain-without-probe",
    "two-initiators-fight-for-ever",
    "two-initiators-race-in-dns",
)
TAB, ENTER, SPACE, DOWN, RIGHT, LEFT, HOME, END = (
    "\ue004", "\ue007", " ", "\ue015", "\ue014", "\ue012", "\ue011", "\ue010",
)  # fmt: skip
FOCUSABLE = """
  const all = [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex]')];
  const reachable = all.filter((one) => one.tabIndex >= 0 && one.checkVisibility());
  const explorer = document.getElementById('explorer');
  return reachable.filter((one) => explorer.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_PRECEDING).length"""
SECTIONS = (
    *("overview", "properties", "scenarios", "requirements", "findings", "faults", "amendments"),
    *("alternatives", "machines", "explore"),
)


@pytest.fixture(scope="module")
def results() -> tuple[Judged, ...]:
    return shown(*SHOWN)


@pytest.fixture(scope="module")
def content(results: tuple[Judged, ...]) -> Content:
    few = ("duplication", "false-suspicion", "return-kept", "second-initiator", "dad-lost")
    broken = minimal_fault_sets(faulty_scenario(STANDARD[0], few), 2)
    return gathered(results, (), [compared(Bench("vhar"), ())], faults={STANDARD[0].name: (2, broken)})


@pytest.fixture(scope="module")
def opened(content: Content, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, str]]:
    """A browser and the address of the report."""
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(report_html(content), encoding="utf-8")
    with chromium() as browser:
        yield browser, file.as_uri()


@pytest.fixture(autouse=True)
def _usual(opened: tuple[Any, str]) -> None:
    """Begin each test with a wide window in a light scheme and nothing heard."""
    shaped(opened[0], 1400)
    complaints(opened[0])
    opened[0].get_log("performance")


def of(results: tuple[Judged, ...], name: str) -> Judged:
    return next(one for one in results if one.scenario.name == name)


# Stepping


@pytest.mark.parametrize("name", SHOWN)
def test_taking_the_actions_of_a_trace_reaches_its_end(
    opened: tuple[Any, str], results: tuple[Judged, ...], content: Content, name: str
) -> None:
    browser, address = opened
    one, claim = of(results, name), BY_NAME[name].claim
    trace = one.report[claim].trace
    assert trace is not None
    start, *choices = path(graph(one), trace)
    visit(browser, f"{address}#explore/{name}/{start}")
    for number, (choice, step) in enumerate(zip(choices, trace, strict=True), start=1):
        buttons = browser.find_elements("css selector", "#x-next button")
        assert buttons[choice].text.startswith(step.action)
        buttons[choice].click()
        at(browser, number)
        assert browser.switch_to.active_element.tag_name == "button"
    chart = next(found.chart for found in content.findings if found.name == name)
    told = "return [...document.querySelectorAll('#x-steps .message .label')].map((one) => one.textContent)"
    shown = browser.execute_script(told)
    assert " ".join(shown).split() == " ".join(a.text for row in chart.rows for a in row.arrows).split()
    assert (claim in text(browser, "#x-marks")) == (one.report[claim].answer == "VIOLATED")
    lit = browser.find_elements("css selector", "#x-machines .here")
    assert len(lit) == len(browser.find_elements("css selector", "#x-machines figure"))
    assert complaints(browser) == []
    assert requests(browser) == []


def test_a_verdict_leads_to_its_chart_and_first_step_in_one_click(opened: tuple[Any, str], content: Content) -> None:
    browser, address = opened
    visit(browser, f"{address}#scenarios")
    finding = content.findings[0]
    browser.find_element("css selector", f'#verdicts a[href="#trace/{finding.scenario}/{finding.property}"]').click()
    at(browser, 0)
    assert text(browser, "#x-where") == f"step 0 of {len(finding.trace)}"
    assert len(browser.find_elements("css selector", "#x-steps li")) == len(finding.trace) + 1
    assert browser.switch_to.active_element.get_attribute("id") == "x-forward"
    assert finding.property in text(browser, "#x-loop")
    assert not browser.find_element("id", "scenarios").is_displayed()


def test_a_deep_link_restores_the_state_and_back_leaves_it(opened: tuple[Any, str], content: Content) -> None:
    browser, address = opened
    finding = content.findings[0]
    visit(browser, f"{address}#trace/{finding.scenario}/{finding.property}")
    press(browser, END)
    at(browser, len(finding.trace))
    assert finding.property in text(browser, "#x-marks")
    deep = browser.current_url
    browser.find_element("id", "x-back").click()
    at(browser, len(finding.trace) - 1)
    browser.back()
    at(browser, len(finding.trace))
    assert unquote(browser.current_url) == unquote(deep)
    visit(browser, deep)
    assert finding.property in text(browser, "#x-marks")
    for odd in (
        "explore/no-such-scenario/0-99",
        "explore/contention/x/y",
        "trace/contention/no-such-property",
        "%",
        "trace/%/%",
    ):
        visit(browser, f"{address}#{odd}")
        at(browser, 0)
    assert complaints(browser) == []


def test_a_step_of_the_list_is_gone_to_and_another_way_can_be_taken(opened: tuple[Any, str], content: Content) -> None:
    browser, address = opened
    finding = next(one for one in content.findings if one.name == "lost-switch-is-final")
    visit(browser, f"{address}#trace/{finding.scenario}/{finding.property}")
    steps = browser.find_elements("css selector", "#x-steps button")
    steps[4].click()
    at(browser, 4)
    assert browser.switch_to.active_element.get_attribute("aria-current") == "step"
    changed = browser.find_elements("css selector", "#x-state tr.changed th")
    assert {one.text for one in changed} == set(finding.trace.steps[3].changes)
    names = [one.text for one in browser.find_elements("css selector", "#x-next button")]
    other = next(place for place, name in enumerate(names) if not name.startswith(finding.trace.steps[4].action))
    browser.find_elements("css selector", "#x-next button")[other].click()
    at(browser, 5)
    assert text(browser, "#x-where") == "step 5 of 5"
    assert text(browser, "#x-loop") == ""


def test_a_loop_is_shown_and_gone_round(opened: tuple[Any, str], content: Content) -> None:
    browser, address = opened
    finding = next(one for one in content.findings if one.name == "two-initiators-fight-for-ever")
    loop, last = finding.trace.loop, len(finding.trace)
    assert loop is not None
    visit(browser, f"{address}#trace/{finding.scenario}/{finding.property}")
    at(browser, 0)
    marked = browser.execute_script("return [...document.querySelectorAll('#x-steps li')].map((one) => one.className)")
    assert [number for number, name in enumerate(marked) if "repeats" in name] == [*range(loop + 1, last + 1)]
    assert f"after step {last} all is as after step {loop}: this can repeat for ever" in text(browser, "#x-loop")
    press(browser, END)
    at(browser, last)
    press(browser, RIGHT)
    at(browser, loop + 1)
    resting = next(one for one in content.findings if one.name == "lost-switch-is-final")
    visit(browser, f"{address}#trace/{resting.scenario}/{resting.property}")
    assert "it stays here for ever" in text(browser, "#x-loop")
    press(browser, END, RIGHT)
    at(browser, len(resting.trace))
    assert browser.find_element("id", "x-forward").get_attribute("aria-disabled") == "true"
    assert browser.find_element("id", "x-end").is_displayed() or browser.find_elements("css selector", "#x-next button")


def test_each_next_step_says_how_far_what_breaks_is(
    opened: tuple[Any, str], results: tuple[Judged, ...], content: Content
) -> None:
    browser, address = opened
    finding = next(one for one in content.findings if one.name == "split-brain-without-probe")
    visit(browser, f"{address}#trace/{finding.scenario}/{finding.property}")
    last = len(finding.trace)
    wait(browser, "return document.querySelector('#x-next small.bad') !== null")
    words = f"✗ {last - 1} more steps to a state that breaks {finding.property}"
    assert words in text(browser, "#x-next")
    browser.find_elements("css selector", "#x-steps button")[last - 1].click()
    at(browser, last - 1)
    wait(browser, "return document.querySelector('#x-next small.bad') !== null")
    assert f"✗ leads to a state that breaks {finding.property}" in text(browser, "#x-next")
    press(browser, END)
    at(browser, last)
    assert of(results, finding.name).report[finding.property].answer == "VIOLATED"


def test_an_expression_is_told_along_the_trace_and_leads_to_a_state(
    opened: tuple[Any, str], results: tuple[Judged, ...], content: Content
) -> None:
    browser, address = opened
    finding = content.findings[0]
    visit(browser, f"{address}#trace/{finding.scenario}/{finding.property}")
    field = browser.find_element("id", "x-expression")

    def told(words: str) -> list[str]:
        field.clear()
        field.send_keys(words)
        script = "return [...document.querySelectorAll('#x-steps output')].map((one) => one.textContent)"
        return list(browser.execute_script(script))

    states = [finding.trace.initial, *(step.after for step in finding.trace)]
    assert told("MN1.state") == [state["MN1.state"] for state in states]
    both = told('not (MN1.state = bound or H.MN1.state != "idle") and H.slots < 1')
    due = [
        state["MN1.state"] != "bound" and state["H.MN1.state"] == "idle" and state["H.slots"] == 0 for state in states
    ]
    assert both == [str(one).lower() for one in due]
    for words in ("MN1.state == bound", "MN1.state contains bou", "H.slots <= 0", "H.slots >= 0"):
        assert told(words)[0] == "true"
    assert told("H.slots > 0")[0] == "false"
    said = {
        "MN1.stat = bound": "there is no slot MN1.stat",
        "MN1.state = bond": "MN1.state is never bond (it may be",
        "MN1.state = ": "the end stands where a slot or a value is due",
        "(MN1.state = bound": "a parenthesis is not closed",
        "MN1.state = bound H.state": "H.state stands where and, or, or the end is due",
        'MN1.state = "bound': 'cannot read "',
    }
    for words, answer in said.items():
        assert set(told(words)) == {""}
        assert answer in text(browser, "#x-said")
    told("MN1.home_agent = H and MN1.state = bound")
    press(browser, ENTER)
    space = graph(of(results, finding.scenario))
    where = [
        n
        for n in range(space.distinct)
        if (v := space.values(n))["MN1.home_agent"] == "H" and v["MN1.state"] == "bound"
    ]
    depth = len(way_to(space.origin, where[0]))
    at(browser, depth)
    assert text(browser, "#x-where") == f"step {depth} of {depth}"
    told("MN1.home_agent = H and MN1.home_agent = O")
    press(browser, ENTER)
    wait(browser, "return document.querySelector('#x-said').textContent === 'No reachable state meets it.'")


def test_values_are_filtered(opened: tuple[Any, str]) -> None:
    browser, address = opened
    visit(browser, f"{address}#explore/contention/0")
    browser.find_element("id", "x-only").send_keys("mn2 state")
    rows = [one for one in browser.find_elements("css selector", "#x-state tbody tr") if one.is_displayed()]
    assert rows
    assert all("mn2" in one.text.lower() and "state" in one.text.lower() for one in rows)


def test_the_explorer_obeys_the_keyboard_and_says_why_not(opened: tuple[Any, str]) -> None:
    browser, address = opened
    visit(browser, f"{address}#explore/contention/0")
    browser.execute_script("document.querySelector('#x-refused').open = true")
    assert "H.MN1 starts IKE — guard is false: suspects failure" in text(browser, "#x-refused")
    browser.find_element("id", "x-forward").send_keys("")
    press(browser, "1")
    at(browser, 1)
    press(browser, DOWN, ENTER)
    at(browser, 2)
    assert browser.execute_script("return document.querySelector('#x-next').contains(document.activeElement)")
    assert "H.MN2 starts IKE — guard is false: slot is free" in text(browser, "#x-refused")
    press(browser, LEFT)
    at(browser, 1)
    press(browser, HOME)
    at(browser, 0)
    press(browser, RIGHT, RIGHT)
    at(browser, 2)
    assert complaints(browser) == []


# The pages around it


def walked_to(browser: Any, what: str, keys: list[str]) -> None:
    """Press Tab until the focus is on what a selector names, and keep the keys."""
    for _ in range(12):
        press(browser, TAB)
        keys.append(TAB)
        if browser.execute_script("return document.activeElement.matches(arguments[0])", what):
            return
    pytest.fail(f"12 tabs do not lead to {what}")


def test_from_the_top_to_the_violating_state_by_few_keys(opened: tuple[Any, str]) -> None:
    browser, address = opened
    visit(browser, address)
    keys: list[str] = []
    walked_to(browser, ".skip", keys)
    press(browser, ENTER)
    walked_to(browser, '#headline a[href^="#trace/"]', keys)
    press(browser, ENTER)
    keys += [ENTER, ENTER]
    at(browser, 0)
    where = re.search(r"#trace/([^/]*)/(.*)", unquote(browser.current_url))
    assert where
    steps = int(text(browser, "#x-where").split()[-1])
    for number in range(1, steps + 1):
        press(browser, RIGHT)
        at(browser, number)
    assert where[2] in text(browser, "#x-loop")
    assert len(keys) <= 12, keys


@pytest.mark.parametrize("name", SHOWN)
def test_a_finding_is_searched_for_and_stepped_through_by_few_keys(
    opened: tuple[Any, str], content: Content, name: str
) -> None:
    browser, address = opened
    finding = next(one for one in content.findings if one.name == name)
    visit(browser, address)
    keys: list[str] = []
    walked_to(browser, "#search-text", keys)
    typed = min((part for part in name.split("-") if sum(part in other for other in SHOWN) == 1), key=len)[:5]
    press(browser, *typed, ENTER)
    wait(browser, "return document.activeElement.id === arguments[0]", f"finding-{name}")
    keys += [*typed, ENTER]
    walked_to(browser, f'a[href="#trace/{finding.scenario}/{finding.property}"]', keys)
    press(browser, ENTER)
    keys.append(ENTER)
    at(browser, 0)
    for number in range(1, len(finding.trace) + 1):
        press(browser, RIGHT)
        at(browser, number)
    assert len(keys) <= 12, keys


def test_few_things_take_the_focus_before_the_explorer(opened: tuple[Any, str]) -> None:
    browser, address = opened
    visit(browser, f"{address}#explore")
    assert browser.execute_script(FOCUSABLE) <= 12


def test_one_page_is_shown_and_named_at_a_time(opened: tuple[Any, str]) -> None:
    browser, address = opened
    visit(browser, address)
    for name in SECTIONS:
        browser.find_element("css selector", f'nav a[href="#{name}"]').click()
        wait(browser, "return !document.getElementById(arguments[0]).hidden", name)
        script = (
            "return [...document.querySelectorAll('main > section')].filter((one) => !one.hidden).map((one) => one.id)"
        )
        assert browser.execute_script(script) == [name]
        assert browser.find_element("css selector", "nav [aria-current]").get_attribute("hash") == f"#{name}"
        assert browser.switch_to.active_element.tag_name == "h2"
    visit(browser, f"{address}#property-no-deadlock")
    assert browser.find_element("id", "property-no-deadlock").is_displayed()
    run = browser.find_element("css selector", ".run").get_attribute("id")
    visit(browser, f"{address}#{run}")
    assert browser.find_element("id", run).is_displayed()


def test_the_first_page_fits_the_screen(opened: tuple[Any, str]) -> None:
    browser, address = opened
    visit(browser, address)
    assert browser.execute_script("return document.documentElement.scrollHeight") <= 900


def test_search_finds_entries_of_every_kind(opened: tuple[Any, str]) -> None:
    browser, address = opened
    visit(browser, address)
    field = browser.find_element("id", "search-text")
    kinds = set()
    for words in ("lost-switch", "R18", "failed home agent", "vhar", "two-initiators-race", "minimal sets"):
        field.clear()
        field.send_keys(words)
        kinds |= {
            one.text.split()[-1]
            for one in browser.find_elements("css selector", "#search-hits li")
            if one.find_elements("tag name", "a")
        }
    wanted = {"finding", "requirement", "machine", "alternative", "scenario", "property", "faults", "amendment"}
    assert kinds == wanted
    field.clear()
    field.send_keys("nothing like this")
    assert text(browser, "#search-hits") == "nothing has all these words"
    press(browser, "\ue00c")
    assert not browser.find_element("id", "search-hits").is_displayed()


def test_the_filter_keeps_the_rows_that_fit(opened: tuple[Any, str]) -> None:
    browser, address = opened
    visit(browser, f"{address}#requirements")
    shown = "return [...document.querySelectorAll('#matrix tbody > tr')].filter((row) => !row.hidden).length"
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


# For everybody, everywhere


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_grave(opened: tuple[Any, str], content: Content, scheme: str) -> None:
    browser, address = opened
    shaped(browser, 1400, scheme)
    finding = content.findings[0]
    for place in (*SECTIONS, f"trace/{finding.scenario}/{finding.property}"):
        visit(browser, f"{address}#{place}")
        browser.execute_script("for (const one of document.querySelectorAll('details')) one.open = true")
        assert faults(browser) == [], place


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_a_phone_and_follow_the_scheme(
    opened: tuple[Any, str], content: Content, width: int, scheme: str
) -> None:
    browser, address = opened
    shaped(browser, width, scheme)
    finding = content.findings[0]
    for place in (*SECTIONS, f"trace/{finding.scenario}/{finding.property}"):
        visit(browser, f"{address}#{place}")
        browser.execute_script("for (const one of document.querySelectorAll('details')) one.open = true")
        wide, window, paper = browser.execute_script(
            "return [document.documentElement.scrollWidth, innerWidth, getComputedStyle(document.body).backgroundColor]"
        )
        assert wide <= window == width, place
        assert (paper == "rgb(255, 255, 255)") == (scheme == "light")


def test_letters_of_charts_keep_their_size_on_a_phone(opened: tuple[Any, str]) -> None:
    browser, address = opened
    shaped(browser, 390)
    visit(browser, f"{address}#findings")
    browser.execute_script("for (const one of document.querySelectorAll('details')) one.open = true")
    script = """return [...document.querySelectorAll('#findings svg')].map(
      (one) => one.getBoundingClientRect().width / one.viewBox.baseVal.width)"""
    assert set(browser.execute_script(script)) == {1}


def test_paper_has_every_chart_and_no_page_is_left_empty(opened: tuple[Any, str], content: Content) -> None:
    browser, address = opened
    visit(browser, address)
    data = base64.b64decode(browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"])
    pages = len(re.findall(rb"/Type\s*/Page[^s]", data))
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL)
    assert sum(map(len, map(unpressed, streams))) > 100_000
    assert len(content.findings) / 4 < pages <= 24


def unpressed(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


def test_a_page_with_traces_alone_does_not_pass_for_whole(
    opened: tuple[Any, str], results: tuple[Judged, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    browser, _ = opened
    monkeypatch.setattr("haboot.pages.content.MOST", 11)
    one = of(results, "lost-switch-is-final")
    file = tmp_path / "report.html"
    file.write_text(report_html(gathered([one])), encoding="utf-8")
    claim = BY_NAME[one.scenario.name].claim
    visit(browser, f"{file.as_uri()}#trace/{one.scenario.name}/{claim}")
    assert "states that the traces visit are in this page" in text(browser, "#x-summary")
    press(browser, END)
    wait(browser, "return !document.getElementById('x-end').hidden")
    assert text(browser, "#x-end") == "No trace goes on from here."
    assert claim in text(browser, "#x-marks")
    browser.find_element("id", "x-expression").send_keys("MN1.home_agent = H and MN1.home_agent = O")
    press(browser, ENTER)
    wait(browser, "return document.querySelector('#x-said').textContent === 'No state in this page meets it.'")
    witness = next(v.property.name for v in one.report.verdicts if v.trace is not None and v.answer == "HOLDS")
    visit(browser, f"{file.as_uri()}#trace/{one.scenario.name}/{witness}")
    assert f"this is a witness of {witness}" in text(browser, "#x-loop")


# The served explorer


def test_a_served_space_that_was_cut_does_not_pass_for_whole(opened: tuple[Any, str]) -> None:
    browser, _ = opened
    with serving(checked(judged(STANDARD[2], Limits(max_states=20), Meter()))) as server:
        visit(browser, server.address)
        assert "before the search was cut by max-states 20" in text(browser, "#x-summary")
        browser.find_element("id", "x-expression").send_keys("MN2.home_agent = H and MN1.home_agent = H")
        press(browser, ENTER)
        none = "No state that was reached meets it; the search was cut by max-states 20."
        wait(browser, "return document.querySelector('#x-said').textContent === arguments[0]", none)


def test_the_served_explorer_steps_asks_and_finds(results: tuple[Judged, ...], opened: tuple[Any, str]) -> None:
    browser, _ = opened
    one = of(results, "two-initiators-race-in-dns")
    claim = BY_NAME[one.scenario.name].claim
    trace = one.report[claim].trace
    assert trace is not None
    with serving(checked(one)) as server:
        visit(browser, f"{server.address}#trace/{one.scenario.name}/{claim}")
        assert text(browser, "#x-where") == f"step 0 of {len(trace)}"
        press(browser, END)
        at(browser, len(trace))
        assert claim in text(browser, "#x-marks")
        browser.find_elements("css selector", "#x-steps button")[len(trace) - 1].click()
        at(browser, len(trace) - 1)
        wait(browser, "return document.querySelector('#x-next small.bad') !== null")
        browser.find_element("id", "x-expression").send_keys("MN1.home_agent = X and MN1.state = bound")
        press(browser, ENTER)
        wait(browser, "return document.querySelector('#x-property').value === ''")
        values = browser.find_element("id", "x-state").text
        assert re.search(r"MN1\.home_agent (\w+ → )?X\b", values)
        browser.find_element("id", "x-expression").clear()
        browser.find_element("id", "x-expression").send_keys("MN1.home_agent = X and MN1.home_agent = O")
        press(browser, ENTER)
        wait(browser, "return document.querySelector('#x-said').textContent === 'No reachable state meets it.'")
        assert faults(browser) == []
        assert complaints(browser) == []
        assert requests(browser, f"http://{server.host}/{server.token}/") == []
        own = server.address
    browser.find_element("id", "x-first").click()
    browser.get("about:blank")
    assert own.startswith("http://127.0.0.1:")
