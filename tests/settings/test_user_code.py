"""Errors of the user's own code are one line with file and line, whoever says it: commands, studies, checks."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest

from neurosim_rl.cli import main
from neurosim_rl.errors import ContractError, NetworkError
from neurosim_rl.execution import create_executor
from neurosim_rl.networks.network import Network
from neurosim_rl.settings.plugin_loading import load_module
from neurosim_rl.settings.user_code import located, note_code_of, reason_of
from neurosim_rl.studies import parse_study, run_study, running
from neurosim_rl.testing import check_encoder, check_environment, check_rule

ENCODER = """
import neurosim_rl as nrl
from neurosim_rl.bridge.tuned_encoders import CurrentEncoder
from neurosim_rl.errors import EncodingError


@nrl.register("encoder", "mine")
class Mine(CurrentEncoder):
    def encode(self, observations, active, rngs):
        ERROR
"""
LINE = 1 + ENCODER[: ENCODER.index("ERROR")].count("\n")
RULE = """
from dataclasses import dataclass

import neurosim_rl as nrl
from neurosim_rl.learning import PlasticityRule, PlasticLearner


class Learner(PlasticLearner):
    def update(self, window):
        ERROR


@nrl.register("rule", "mine")
@dataclass(frozen=True)
class Mine(PlasticityRule):
    def start(self, batch):
        return Learner(self, batch)
"""
RULE_LINE = 1 + RULE[: RULE.index("ERROR")].count("\n")
BROKEN = "return observations.nothing"
OF_PACKAGE = "raise EncodingError('observation[0] is nan; expected a number')"

pytestmark = pytest.mark.usefixtures("no_plugins")


@pytest.fixture
def here(no_plugins: Path) -> Path:
    return no_plugins


def evolve(*words: str) -> int:
    return main(["evolve", "cart-pole", "--out", "run", "--workers", "1", *words])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (BROKEN, "AttributeError: 'numpy.ndarray' object has no attribute 'nothing'"),
        (OF_PACKAGE, "observation[0] is nan; expected a number"),
    ],
)
def test_an_error_inside_an_encoder_has_its_place_in_commands(
    line: str, message: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "mine.py").write_text(ENCODER.replace("ERROR", line))
    assert evolve("--plugin", "mine", "--set", "encoder.name=mine") == 2
    error = capsys.readouterr().err
    assert error.rpartition("\r")[2].startswith(f"neurosim-rl: error: mine.py:{LINE}: {message}")
    assert error.count("\n") == 1
    assert not (here / "run").exists()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("window.no_such", "AttributeError: "),
        ("self.set_weights(self.projections[0], window.active, 0.0)", ""),  # the package refuses the shape
    ],
)
def test_an_error_inside_a_learning_rule_has_its_place_in_commands(
    line: str, message: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "mine.py").write_text(RULE.replace("ERROR", line))
    assert main(["train", "cart-pole", "--out", "run", "--plugin", "mine", "--learner", "mine"]) == 2
    assert capsys.readouterr().err.startswith(f"neurosim-rl: error: mine.py:{RULE_LINE}: {message}")


PART = """
import neurosim_rl as nrl
from MODULE import BASE


@nrl.register("KIND", "mine")
class Mine(BASE):
    def METHOD(self, *arguments, **options):
        return 1 / 0
"""
PART_LINE = 1 + PART[: PART.index("return 1 / 0")].count("\n")
RULE_OF_CRITIC = ["learning.name=r-stdp", "learning.critic.name=mine"]
PARTS = [
    ("decoder", "bridge.decoders:WinnerTakesAll", "start", ["decoder.name=mine", "decoder.tie=first"]),
    ("decoder", "bridge.decoders:WinnerTakesAll", "decode", ["decoder.name=mine", "decoder.tie=first"]),
    ("encoder", "bridge.tuned_encoders:CurrentEncoder", "start", ["encoder.name=mine"]),
    ("tuning", "bridge.tunings:GaussianTuning", "activity", ["encoder.tuning.name=mine"]),
    ("normalisation", "bridge.normalisation:NoNormalisation", "apply", ["normalisation.name=mine"]),
    ("background", "bridge.background:PoissonBackground", "added_to", ["background.name=mine"]),
    ("background", "bridge.background:PoissonBackground", "phases", ["background.name=mine"]),
    ("critic", "learning.critics:RewardCritic", "assess", RULE_OF_CRITIC),
    ("fitness", "optimizees.fitness:Return", "scores", ["fitness.name=mine"]),
    ("model", "models.feed_forward:FeedForward", "network", ["model.name=mine"]),
]


def part_of(kind: str, base: str, method: str) -> str:
    """Return the text of a module with a part that fails in a method."""
    module, _, name = base.partition(":")
    words = {"KIND": kind, "MODULE": f"neurosim_rl.{module}", "BASE": name, "METHOD": method}
    text = PART
    for word, value in words.items():
        text = text.replace(word, value)
    return text


@pytest.mark.parametrize(("kind", "base", "method", "settings"), PARTS)
def test_an_error_inside_any_part_of_the_loop_is_one_line_with_its_place_before_the_run(
    kind: str, base: str, method: str, settings: list[str], here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "mine.py").write_text(part_of(kind, base, method))
    words = [word for setting in settings for word in ("--set", setting)]
    assert evolve("--plugin", "mine", *words) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"neurosim-rl: error: mine.py:{PART_LINE}: ZeroDivisionError: division by zero")
    assert error.count("\n") == 1
    assert not (here / "run").exists()


def test_an_error_at_the_end_of_an_episode_has_its_place_in_commands(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = RULE.replace("ERROR", "pass\n\n    def end_episodes(self, elements):\n        elements.nothing")
    (here / "mine.py").write_text(text)
    assert main(["train", "cart-pole", "--out", "run", "--plugin", "mine", "--learner", "mine"]) == 2
    line = 1 + text[: text.index("elements.nothing")].count("\n")
    assert capsys.readouterr().err.startswith(f"neurosim-rl: error: mine.py:{line}: AttributeError: ")


def test_an_error_that_comes_during_a_run_has_its_place_in_the_line_of_the_command(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = part_of("fitness", "optimizees.fitness:Return", "scores")
    # The check before a run plays one episode; a generation plays several.
    late = "return 1 / 0 if len(arguments[0].returns) > 1 else super().scores(*arguments)"
    (here / "mine.py").write_text(text.replace("return 1 / 0", late))
    short = ["--generations", "1", "--population", "4", "--set", "environment.max_steps=10"]
    assert evolve("--plugin", "mine", "--set", "fitness.name=mine", *short) == 2
    last = capsys.readouterr().err.splitlines()[-1]
    reason = rf"number 0 by ZeroDivisionError: division by zero \(mine\.py:{PART_LINE}\)"
    assert re.fullmatch(rf"neurosim-rl: error: every individual failed; {reason}.*", last)


def test_checks_of_parts_that_nobody_has_registered_say_the_place(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(here))
    texts = {"code_e": ENCODER.replace("ERROR", BROKEN), "code_r": RULE.replace("ERROR", "window.no_such")}
    for name, text in texts.items():
        lines = ["" if line.startswith("@nrl") else line for line in text.split("\n")]
        (here / f"{name}.py").write_text("\n".join(lines))
    encoder, rule = (importlib.import_module(name).Mine for name in texts)
    for check, part, place in (
        (check_encoder, encoder, rf"code_e\.py:{LINE}"),
        (check_rule, rule, rf"code_r\.py:{RULE_LINE}"),
    ):
        with pytest.raises(ContractError, match=rf"^{check.__name__}: Mine: .* fails: AttributeError: .* \({place}\)"):
            check(part)


def test_an_environment_that_cannot_be_made_says_the_place(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "mine.py").write_text(
        "import gymnasium\n\nclass Broken(gymnasium.Env):\n    def __init__(self):\n        self.nothing()\n\n"
        "gymnasium.register('Broken-v0', entry_point='mine:Broken')\n"
    )
    assert main(["evolve", "Broken-v0", "--plugin", "mine", "--out", "run"]) == 2
    said = "error: cannot make 'Broken-v0': AttributeError: 'Broken' object has no attribute 'nothing' (mine.py:5)"
    assert said in capsys.readouterr().err
    with pytest.raises(ContractError, match=r"^check_environment: Broken-v0: .*AttributeError: .* \(mine\.py:5\)"):
        check_environment("Broken-v0")


def test_a_function_in_pynest_says_the_place_without_being_a_plugin() -> None:
    def build(nest: Any, genome: Any, rng: Any) -> Any:
        return nest.Create("iaf_psc_alpha"), genome["nothing"]

    place = rf"test_user_code\.py:{build.__code__.co_firstlineno + 1}\)"
    with pytest.raises(NetworkError, match=rf"^build raised KeyError: 'nothing' \(\S*{place}$"):
        Network.from_pynest(build)


def test_a_run_of_a_study_that_fails_says_the_place_in_its_row(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(here))
    (here / "mine.py").write_text("def fail(*arguments, **options):\n    raise ValueError('no good')\n")
    monkeypatch.setattr(running, "run_to_end", vars(load_module("mine"))["fail"])
    study = parse_study('seeds = "1"\ngrid.task = ["cart-pole"]\n[settings]\ngenerations = 1\n', here / "study.toml")
    with create_executor(1) as executor:
        table = run_study(study, here / "out", executor)
    assert table.rows[0].problem == "ValueError: no good (mine.py:2)"


def test_a_class_that_came_by_value_has_places_and_one_of_the_package_has_none(here: Path) -> None:
    space: dict[str, Any] = {"__name__": "__main__"}
    exec(compile("class Own:\n    def act(self):\n        1 / 0\n", str(here / "script.py"), "exec"), space)
    note_code_of(space["Own"])
    with pytest.raises(ZeroDivisionError, match="division by zero") as caught:
        space["Own"]().act()
    assert located(caught.value) == "script.py:3: ZeroDivisionError: division by zero"
    assert reason_of(caught.value) == "ZeroDivisionError: division by zero (script.py:3)"
    note_code_of(Network)
    with pytest.raises(NetworkError, match="does not exist") as refused:
        Network((), (), "in", "out")
    assert "network.py" not in located(refused.value)
