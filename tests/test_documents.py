"""Whatever code a page of the documentation shows runs, and prints what the page says it prints."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import haboot as offered
import pytest
from haboot.cli.main import run

from tests.architecture import ROOT
from tests.browser import chromium
from tests.documents import LANGUAGES, MADE, PAGES, Block, Reader, Told, alike, asked, blocks
from tests.own_models import forgotten

PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
LONG = {"README.md", "docs/how-to/ci.md"}


@pytest.fixture
def haboot(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[list[str]], Told]:
    """The command, run in a folder of its own."""
    monkeypatch.syspath_prepend(here)

    def ran(words: list[str]) -> Told:
        capsys.readouterr()
        with forgotten():
            status = run(words)
        return Told(status, *capsys.readouterr())

    return ran


def pages() -> Iterator[object]:
    for path in PAGES:
        name = str(path.relative_to(ROOT))
        yield pytest.param(path, marks=[pytest.mark.slow] if name in LONG else [], id=name)


@pytest.mark.parametrize("path", [*pages()])
def test_a_page_does_what_it_says(path: Path, tmp_path: Path, haboot: Callable[[list[str]], Told]) -> None:
    reader = Reader(tmp_path, haboot)
    for block in blocks(path):
        if block.is_run:
            reader.does(block)


def test_every_block_says_what_it_is() -> None:
    every = [block for path in PAGES for block in blocks(path)]
    assert {block.place for block in every if block.language not in LANGUAGES} == set()
    fences = sum(path.read_text(encoding="utf-8").count("\n```") for path in PAGES)
    assert fences == 2 * len(every), "a block that nobody reads"
    assert {one.language for one in every if one.is_run} >= {"python", "sh", "console", "toml", "diff"}


# a page that says what is not so is noticed


@pytest.mark.parametrize(
    ("language", "note", "text", "said"),
    [
        ("python", "", "assert 1 == 2, 'no'\n", "no"),
        ("sh", "", "haboot check no-such\n", "ended with 2"),
        ("console", "", "$ haboot --version\nhaboot, version 0\n", "prints otherwise"),
        ("console", "", "$ pytest --no-such\n[…]\nfine\n", "prints otherwise"),
        ("diff", "file a.txt", " two\n-three\n", "holds 0 times"),
        ("rust", "", "fn main() {}\n", "nobody runs rust"),
    ],
)
def test_what_is_not_so_is_noticed(
    language: str, note: str, text: str, said: str, tmp_path: Path, haboot: Callable[[list[str]], Told]
) -> None:
    (tmp_path / "a.txt").write_text("one\ntwo\n")
    with pytest.raises(AssertionError, match=said):
        Reader(tmp_path, haboot).does(Block("page.md:3", language, note, text))


def test_a_change_of_a_file_is_made(tmp_path: Path, haboot: Callable[[list[str]], Told]) -> None:
    (tmp_path / "a.txt").write_text("one\n\ntwo\nthree\n")
    Reader(tmp_path, haboot).does(Block("page.md:1", "diff", "file a.txt", " one\n \n-two\n+2\n+2\n"))
    assert (tmp_path / "a.txt").read_text() == "one\n\n2\n2\nthree\n"


def test_what_is_left_out_is_left_out_alone() -> None:
    assert alike("a\n[…]\nd\n", "a\nb\nc\nd\n")
    assert not alike("a\n[…]\nd\n", "a\nb\n")
    assert not alike("a […]\n", "a b\nc\n")
    assert [*asked(Block("p:1", "console", "", "$ one\n1\n$ two\n$ three\n3\n"))] == [
        ("one", "1\n"),
        ("two", ""),
        ("three", "3\n"),
    ]


# the site


def test_the_reference_has_each_name_that_a_program_imports_once() -> None:
    text = (ROOT / "docs/reference/api.md").read_text(encoding="utf-8")
    named = re.findall(r"^\.\. auto\w+:: haboot\.(\w+)$", text, re.M)
    assert sorted(named) == sorted(offered.__all__)


def built(source: Path, target: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Build a site of a folder's pages as ``.ci/run`` does."""
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-c", str(ROOT / "docs"), *more, str(source), str(target)]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our pages


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("# A page\n\n[there](#no-such)\n", "cross-reference target not found: 'no-such'"),
        ("# A page\n\n[there](no-such.md)\n", "cross-reference target not found: 'no-such.md'"),
        ("# A page\n\n![drawn](no-such.svg)\n", "image file not readable"),
        ('# A page\n\n[there](#kept) <a id="kept"></a>[a folder](inner)\n', ""),
    ],
)
def test_what_leads_nowhere_is_refused(page: str, said: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "inner").mkdir(parents=True)
    (source / "index.md").write_text(page, encoding="utf-8")
    done = built(source, tmp_path / "site", "-D", "root_doc=index", "-D", "include_patterns=index.md")
    assert (done.returncode == 0) == (not said), done.stderr
    assert said in done.stderr


@pytest.mark.slow
def test_every_page_is_in_the_site_and_none_is_wider_than_a_phone(tmp_path: Path) -> None:
    site = tmp_path / "site"
    done = built(ROOT, site)
    assert (done.returncode, done.stderr) == (0, "")
    pages = [path.relative_to(ROOT).with_suffix(".html") for path in (*PAGES, *(ROOT / one for one in MADE))]
    assert [str(page) for page in pages if not (site / page).exists()] == []
    with chromium() as driver:
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
        for page in pages:
            driver.get((site / page).as_uri())
            widths = driver.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
            assert widths[0] <= widths[1], page
