"""What is found shows itself: printed, in a notebook, and as a data frame."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import haboot
import pytest
from haboot import Limits, Model, ModelError, Report, System, Trace, Verdict, check, eventually, sometimes, weak
from haboot.checker.boundary import EXTRAS, extras
from haboot.diagrams import notebook
from haboot.model import STANDARD, system

from examples.die_hard import DIE_HARD, NOT_SOLVED

NEVER = sometimes("never", ("big",), lambda v: v["big"] == 9)
ALWAYS_NINE = eventually("nine", ("big",), lambda v: v["big"] == 9, (weak(DIE_HARD),))


class Formatter(dict[type, Callable[[object], str | None]]):
    """What a shell knows of how types show themselves in one form."""

    def for_type(self, kind: type, shower: Callable[[object], str | None]) -> None:
        self[kind] = shower


def loaded_extension() -> dict[str, Formatter]:
    forms = {"image/svg+xml": Formatter(), "text/html": Formatter()}
    haboot.load_ipython_extension(SimpleNamespace(display_formatter=SimpleNamespace(formatters=forms)))
    return forms


def drawn_states(svg: str | None) -> int:
    return (svg or "").count('class="node"')


def test_in_a_notebook_what_is_small_is_drawn_and_what_is_large_is_a_table() -> None:
    forms = loaded_extension()
    small = Model("jugs", DIE_HARD, [NOT_SOLVED])
    report = check(small.composed(), small.properties)
    large = check(system(next(one for one in STANDARD if one.name == "own-bootstrap")), [])
    cut = check(DIE_HARD, [], Limits(max_states=4))
    for subject in (report, report.space, DIE_HARD, small):
        svg, table = (form[type(subject)](subject) for form in forms.values())
        assert drawn_states(svg) == 16
        assert (table or "").startswith("<table>")
        assert (table or "").endswith("</svg>\n")
    for one in (large, cut):
        assert forms["image/svg+xml"][Report](one) is None
        rows = (forms["text/html"][type(one.space)](one.space) or "").count("<tr>")
        assert rows == len(one.space.system.actions) + 1
    assert forms["text/html"][Trace](report[NOT_SOLVED.name].trace) is None


def test_a_trace_is_drawn_below_its_verdict_where_it_has_lanes() -> None:
    shown = loaded_extension()["text/html"][Verdict]
    (ends,) = check(system(STANDARD[0]), [haboot.no_deadlock("it goes on", (), lambda _: False)]).verdicts
    assert (shown(ends) or "").startswith(ends._repr_html_())
    assert 'class="lane"' in (shown(ends) or "").split("</table>")[-1]
    (jugs,) = check(DIE_HARD, [NOT_SOLVED]).verdicts
    assert shown(jugs) == jugs._repr_html_()


def test_a_space_of_the_packed_engine_is_a_table() -> None:
    space = check(DIE_HARD, [], engine="packed").space
    assert str(haboot.show(space)) == space._repr_html_()  # type: ignore[attr-defined]
    assert repr(space) == "<space of 'DieHard': 16 distinct states, 97 generated, depth 8 (packed); explored whole>"


def test_without_what_draws_a_notebook_shows_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebook, "missing_extra", lambda _: "drawing needs something")
    assert {kind.__name__ for kind in loaded_extension()["text/html"]} == {"Trace", "Chart", "Verdict"}


def test_a_report_is_printed_as_a_line_for_each_verdict() -> None:
    report = check(DIE_HARD, [NOT_SOLVED, NEVER, ALWAYS_NINE])
    head, *rows = str(report).splitlines()
    assert head == "DieHard: 16 distinct states, 97 generated, depth 8 (graph); explored whole"
    assert [row.split("  ")[1:] for row in rows[:1]] == [["VIOLATED", " big is not 4", "trace of 6 steps"]]
    assert len({row.index(one.property.name) for row, one in zip(rows, report.verdicts, strict=True)}) == 1
    assert str(check(DIE_HARD, [])).splitlines() == [head]
    told = [repr(one) for one in (report, report["never"], DIE_HARD, report.space, report[NOT_SOLVED.name].trace)]
    assert told == [
        "<Report on 'DieHard': 3 verdicts>",
        "<Verdict 'never': UNREACHED>",
        "<System 'DieHard': 2 slots, 6 actions>",
        "<space of 'DieHard': 16 distinct states, 97 generated, depth 8 (graph); explored whole>",
        "<Trace of 6 steps>",
    ]


def test_a_verdict_is_printed_with_its_trace() -> None:
    report = check(DIE_HARD, [NOT_SOLVED, NEVER, ALWAYS_NINE])
    first, *steps = str(report[NOT_SOLVED.name]).splitlines()
    assert first == "VIOLATED  big is not 4  trace of 6 steps"
    assert [line.split()[0] for line in steps] == ["1", "2", "3", "4", "5", "6"]
    assert steps[0].endswith("big: 0 → 5")
    assert str(report["never"]).startswith("UNREACHED  never")
    assert "\n" not in str(report["never"])


@pytest.mark.parametrize(
    ("steps", "loop", "last"),
    [(0, None, "no step is taken"), (0, 0, "then stays for ever"), (2, 0, "then on from step 1 for ever"),
     (2, 1, "then on from step 2 for ever"), (2, 2, "then stays for ever")],
)  # fmt: skip
def test_a_lasso_is_printed_with_where_it_goes_on(steps: int, loop: int | None, last: str) -> None:
    whole = check(DIE_HARD, [NOT_SOLVED])[NOT_SOLVED.name].trace
    assert whole is not None
    lines = str(Trace(whole.initial, whole.steps[:steps], loop)).splitlines()
    assert lines[-1].strip() == last
    assert len(lines) == max(steps, 1) + (loop is not None)


def test_what_does_not_show_is_replaced_where_it_is_printed() -> None:
    name = "red \x1b[31m\u202e"
    up = haboot.Action(name, (name,), (name,), lambda v: {name: v[name] + 1} if v[name] < 2 else None)
    odd = System(name, (haboot.Slot(name, range(3)),), ({name: 0},), (up,))
    report = check(odd, [haboot.always(name, (name,), lambda v: v[name] < 2)])
    for shown in (report, report[name], report[name].trace, odd, report.space):
        assert "\x1b" not in f"{shown!s}{shown!r}"
        assert "\u202e" not in f"{shown!s}{shown!r}"


def test_traces_and_reports_are_data_frames() -> None:
    report = check(DIE_HARD, [NOT_SOLVED, NEVER])
    trace = report[NOT_SOLVED.name].trace
    assert trace is not None
    steps, verdicts = trace.to_frame(), report.to_frame()
    assert [*steps["big"]] == [row["big"] for row in trace.rows()]
    assert ([*steps.index], steps.index.name) == ([*range(7)], "#step")
    assert {**verdicts["answer"]} == {one.property.name: str(one.answer) for one in report.verdicts}
    assert verdicts.loc[NOT_SOLVED.name, "steps"] == 6
    assert [*check(DIE_HARD, []).to_frame().index] == []


def test_without_pandas_a_data_frame_says_in_a_line_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = extras.find_spec
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name in EXTRAS["data"] else usual(name))
    with pytest.raises(ModelError, match=r"^a data frame needs pandas, not .* pip install 'haboot\[data\]'$"):
        check(DIE_HARD, []).to_frame()
