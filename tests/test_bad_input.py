"""Bad input: every command answers with one line that names what was given, writes nothing, and exits 2."""

from pathlib import Path

import pytest
from haboot.cli.main import run


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("check", "same-prefx"), "unknown scenario 'same-prefx'; did you mean 'same-prefix'?"),
        (("check", "--assume", "los"), "unknown assumption 'los'; did you mean 'loss'?"),
        (("check", "--mobile-nodes", "0"), "'0' is no whole number from 1 to 20"),
        (("check", "--slots", "-1"), "'-1' is no whole number from 1 on"),
        (("check", "--max-states", "many"), "'many' is no whole number from 1 on"),
        (("check", "--json", "/nowhere/out.json"), "cannot write '/nowhere/out.json'"),
        (
            ("check", "same-prefix", "--checkpoint", "/proc/nowhere"),
            "/proc/nowhere/search.checkpoint cannot be written",
        ),
        (("chek",), "No such command 'chek'. Did you mean 'check'?"),
        (("--", "--"), "No such command '--'."),
        (("trace", "lost-switch"), "unknown finding or scenario 'lost-switch'; did you mean 'lost-switch-is-final'?"),
        (("trace", "same-prefix"), "is a scenario: name a property as well"),
        (("trace", "same-prefix", "no-deadlok"), "unknown property 'no-deadlok'"),
        (("findings", "--write", "x.toml"), "--write goes with --search"),
        (("fuzz", "same-prefx"), "unknown scenario 'same-prefx'; did you mean 'same-prefix'?"),
        (("fuzz", "--examples", "0"), "'0' is no whole number from 1 on"),
        (("fuzz", "--steps", "-3"), "'-3' is no whole number from 1 to"),
        (("fuzz", "--seed", "x"), "'x' is no whole number from 0 on"),
        (("fuzz", "--assume", "los"), "unknown assumption 'los'; did you mean 'loss'?"),
        (("fuzz", "-p", "agrement"), "unknown property 'agrement' in 'same-prefix'; did you mean 'agreement'?"),
        (("fuzz", "-p", "every-node-recovers"), "no single run can break it"),
        (("fuzz", "--save", "/nowhere/out.json"), "cannot write '/nowhere/out.json'"),
        (("fuzz", "same-prefix", "--mutants"), "--mutants chooses scenarios and properties itself"),
        (("trace", "nothing.json"), "cannot read 'nothing.json'"),
        (("trace", "pyproject.toml", "agreement"), "'pyproject.toml' is no trace but a file of scenarios: 'haboot"),
        (("draw", "space", "-s", "contention", "--by", "H.MN1.stat"), "did you mean 'H.MN1.state'"),
        (("draw", "trace", "-s", "contention"), "name a property as well"),
        (("draw", "trace", "-s", "same-prefix", "-p", "agreemen"), "did you mean 'agreement'"),
        (("draw", "trace", "-s", "same-prefix", "-p", "agreement"), "has no trace in 'same-prefix': HOLDS"),
        (("draw", "composition", "-f", "text"), "has no format 'text'"),
        (("draw", "trace", "-s", "lost-swich-is-final"), "did you mean 'lost-switch-is-final'"),
        (("compare", "vahr"), "unknown variant 'vahr'; did you mean 'vhar'"),
        (("trace", "vhar+movement", "recovered"), "does not model the assumption 'movement'"),
        (("check", "--variant", "haha", "--prefixes", "different"), "prefixes are 'same' in variant 'haha'"),
        (("check", "contention", "--suite", "full"), "--suite chooses what to check, and so does 'contention'"),
        (("check", "--suite", "full", "--assume", "loss"), "and so does what makes a scenario: give one of them"),
        (("report", "contention", "--suite", "full", "-o", "r.html"), "and so does 'contention'"),
        (("check", "--at-most", "reboot=x"), "'x' is no whole number from 1 to 1,000"),
        (("draw", "trace", "two words"), "'two words' is none of participants, composition, space, trace; a scenario"),
        (("draw", "trace", "two words"), "finding or model is named by -s 'two words'"),
        (("draw", "trase"), "did you mean 'trace'?"),
        (("throttle", "-o", "t.xyz"), "cannot draw into 't.xyz': the plot is SVG, so the name has to end in .svg"),
        (("throttle", "--nodes", "1,x"), "'x' is no whole number"),
        (("throttle", "--slots", "0"), "'0' is no whole number"),
    ],
)
def test_bad_input_gets_one_line_and_exit_code_2(
    arguments: tuple[str, ...], says: str, here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    error = capfd.readouterr().err.strip()
    assert says in error
    assert "\n" not in error
    assert not list(here.iterdir())
