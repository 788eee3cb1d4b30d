"""Parts of one's own: the example of the documentation, errors of the user's code, and what a job refuses."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import neurosim_rl as nrl
from neurosim_rl.bridge import Currents
from neurosim_rl.bridge.tuned_encoders import CurrentEncoder
from neurosim_rl.cli import main
from neurosim_rl.errors import EvaluationError, PluginError
from neurosim_rl.optimizees import create_optimizee
from neurosim_rl.reports.own_measures import own_measures, own_measures_text
from neurosim_rl.reports.subject import DoesNotApply, Subject
from neurosim_rl.testing import check_decoder, check_fitness
from tests.structure import ROOT

BRIEF = {"generations": 1, "optimizer": {"population": 4}, "validation_episodes": 1}


def test_the_example_of_the_documentation_is_an_encoder(no_plugins: Path) -> None:
    text = (ROOT / "docs" / "how-to" / "plugins.rst").read_text(encoding="utf-8")
    example = textwrap.dedent(text[text.index("    # my_encoder.py") : text.index("A fitness, and a decoder")])
    (no_plugins / "my_encoder.py").write_text(example)
    config = nrl.configure("mountain-car", encoder={"name": "square", "peak_pa": 100.0}, plugins=["my_encoder"])
    encoder = create_optimizee(config).encoder
    drive = encoder.encode(np.array([[0.6, 0.0]]), np.array([0]), [])
    assert isinstance(drive, Currents)
    np.testing.assert_allclose(drive.pa, [[100.0, 25.0]], rtol=1e-6)


def test_fitness_and_decoder_of_the_documentation_keep_their_contracts(no_plugins: Path) -> None:
    text = (ROOT / "docs" / "how-to" / "plugins.rst").read_text(encoding="utf-8")
    example = text[text.index("    # my_parts.py") : text.index(".. code-block:: text\n\n    neurosim-rl")]
    (no_plugins / "my_parts.py").write_text(textwrap.dedent(example))
    settings = {"fitness": {"name": "quick", "price": 0.5}, "decoder": {"name": "vote", "voters": 2}}
    optimizee = create_optimizee(nrl.configure("cart-pole", settings, plugins=["my_parts"]))
    check_fitness(type(optimizee.fitness))
    check_decoder(type(optimizee.decoder))
    counts = np.array([[3, 0, 2, 2], [1, 1, 1, 1]])
    assert optimizee.decoder.decode(counts, np.arange(2), []).tolist() == [1, 0]


FAULTY = '''
from dataclasses import dataclass

import neurosim_rl as nrl
from neurosim_rl.bridge.tuned_encoders import CurrentEncoder


@nrl.register("encoder", "faulty")
@dataclass
class Faulty(CurrentEncoder):
    """Faulty."""

    def encode(self, observations, active, rngs):
        return observation
'''


def test_an_error_of_the_users_code_is_one_line_with_its_place(
    no_plugins: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (no_plugins / "mine.py").write_text(FAULTY)
    command = ["evolve", "cart-pole", "--plugin", "mine", "--set", "encoder.name=faulty", "--workers", "1"]
    assert main([*command, "--out", "run"]) == 2
    line = "neurosim-rl: error: mine.py:14: NameError: name 'observation' is not defined"
    assert capsys.readouterr().err.rpartition("\r")[2].startswith(line)  # a sign of life may come before it
    assert not Path("run").exists()


def test_a_job_refuses_parts_that_no_module_has(no_plugins: Path) -> None:
    @nrl.register("encoder", "of-a-test")
    @dataclass
    class OfATest(CurrentEncoder):
        pass

    settings = {**BRIEF, "encoder": {"name": "of-a-test"}}
    message = f"encoder of-a-test: defined in module '{__name__}', which a job does not import. Add --plugin {__name__}"
    with pytest.raises(PluginError, match=message):
        nrl.submit("cart-pole", settings, dry_run=True)
    script = nrl.submit("cart-pole", settings, dry_run=True, plugins=[__name__]).script
    assert f"--plugin {__name__}" in script


def test_measures_of_the_user_stand_beside_those_of_the_package(no_plugins: Path) -> None:
    @nrl.register("measure", "genes", unit="1")
    def genes(subject: Subject) -> int:
        """Number of genes."""
        return len(subject.finished_champion.vector)

    @nrl.register("measure", "of-a-run")
    def of_a_run(subject: Subject) -> int:
        return len(subject.run_history.number)

    champion = Subject.of("champion:mountain-car")
    assert own_measures(champion) == {"genes": 95.0}  # a champion's file has no history
    assert own_measures_text({"genes": 95.0}) == "genes: 95 1  (Number of genes.)"
    with pytest.raises(DoesNotApply, match="does not hold the other individuals"):
        of_a_run(champion)
    nrl.register("measure", "text")(lambda subject: "many")
    with pytest.raises(EvaluationError, match=r"measure 'text' of tests.* gave 'many'; expected a number"):
        own_measures(champion)
