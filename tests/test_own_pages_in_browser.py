"""The report of models of one's own in a browser: its explorer reaches what breaks, and it speaks of no protocol."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from haboot.checker import check, state_graph
from haboot.cli.main import run
from haboot.diagrams import path
from haboot.ledger import models_of

from tests.browser import at, chromium, complaints, faults, press, requests, shaped, text, visit
from tests.own_models import PROTOCOL, WHOLE, forgotten, written

pytestmark = pytest.mark.slow
REPLY, SMALL = "a reply answers its request", "stays small"
BROKEN = (("bent", "bent.py", REPLY), ("counter", "mine.py", SMALL))
END = "\ue010"


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, str, Path]]:
    """A browser, the address of a report on a counter and on machines, and the folder of their files."""
    folder = tmp_path_factory.mktemp("own")
    with forgotten():
        assert run(("new", "bent", "-o", str(folder))) == 0
        source = (folder / "bent.py").read_text().replace("(is_awaited,), (count,)", "(), (count,)")
        written(folder, source.replace("    expected={},\n", ""), "bent.py")
        written(folder, WHOLE)
        assert run(("report", str(folder / "bent.py"), str(folder / "mine.py"), "-o", str(folder / "r.html"))) == 1
        with chromium() as browser:
            yield browser, (folder / "r.html").as_uri(), folder


@pytest.mark.parametrize(("name", "file", "claim"), BROKEN)
def test_the_actions_of_a_trace_lead_the_explorer_to_what_breaks(
    opened: tuple[Any, str, Path], name: str, file: str, claim: str
) -> None:
    browser, address, folder = opened
    shaped(browser, 1400)
    (model,) = models_of(str(folder / file))
    report = check(model.model.composed(), model.catalogue)
    trace = report[claim].trace
    assert trace is not None
    start, *choices = path(state_graph(report.space, 1000), trace)
    visit(browser, f"{address}#explore/{name}/{start}")
    for number, (choice, step) in enumerate(zip(choices, trace, strict=True), start=1):
        assert claim not in text(browser, "#x-marks")
        buttons = browser.find_elements("css selector", "#x-next button")
        assert buttons[choice].text.startswith(step.action)
        buttons[choice].click()
        at(browser, number)
    assert claim in text(browser, "#x-marks")
    assert (complaints(browser), requests(browser)) == ([], [])


@pytest.mark.parametrize(("name", "file", "claim"), BROKEN)
def test_a_trace_is_opened_and_gone_through_by_keys(
    opened: tuple[Any, str, Path], name: str, file: str, claim: str
) -> None:
    browser, address, folder = opened
    (model,) = models_of(str(folder / file))
    length = len(check(model.model.composed(), model.catalogue)[claim].steps())
    visit(browser, f"{address}#trace/{name}/{claim}")
    at(browser, 0)
    press(browser, END)
    at(browser, length)
    assert claim in text(browser, "#x-marks")


def test_no_word_of_the_page_is_the_protocol_s(opened: tuple[Any, str, Path]) -> None:
    browser, address, _ = opened
    visit(browser, address)
    told = """
      const every = [];
      const walk = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
      while (walk.nextNode()) {
        const one = walk.currentNode;
        if (one.nodeType === Node.ELEMENT_NODE)
          every.push(...['title', 'aria-label', 'placeholder', 'alt', 'value'].map((name) => one.getAttribute(name)));
        else if (!one.parentElement.closest('script, style'))
          every.push(one.data);
      }
      return every.filter(Boolean).join('\\n')"""
    for where in ("", *(f"#trace/{name}/{claim}" for name, _, claim in BROKEN)):
        visit(browser, f"{address}{where}")
        words = browser.execute_script(told)
        assert SMALL in words
        assert REPLY in words
        assert PROTOCOL.findall(words) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1400])
def test_the_page_fits_and_is_read_by_all(opened: tuple[Any, str, Path], width: int, scheme: str) -> None:
    browser, address, _ = opened
    shaped(browser, width, scheme)
    visit(browser, address)
    widths = browser.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1]
    assert faults(browser) == []
