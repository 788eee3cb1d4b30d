"""Tables for the terminal."""

from dataclasses import replace

import numpy as np
import pytest

from neurosim_rl.records.unseen_returns import UnseenReturns
from neurosim_rl.reports.champion import constant_action, policy_table, problem_lines
from neurosim_rl.runs.champion import read_champion, shipped_champions
from neurosim_rl.runs.stages import REPLAY

RESULT = UnseenReturns(7, np.array([-1.0, -3.0]), np.array([10, 30]), np.array([True, False]))


@pytest.mark.parametrize("label", ["short", "a label that is longer than the column was made for"])
def test_the_columns_of_policies_end_below_their_headings(label: str) -> None:
    head, *rows = policy_table([("champion", RESULT), (label, RESULT)]).plain().splitlines()
    for row, name in zip(rows, ("champion", label), strict=True):
        assert row.startswith(name)
        assert len(row) == len(head)
        assert row.index("-2.00") + len("-2.00") == head.index("mean return") + len("mean return")
        assert row.split()[-2:] == ["50%", "20.0"]


def test_an_imported_champion_has_no_run_to_resume() -> None:
    trained = replace(read_champion(shipped_champions()["cart-pole"]), stage_failures={REPLAY: "NEST is not here"})
    assert problem_lines(trained)[-1] == "After a remedy, neurosim-rl resume does these stages again."
    assert problem_lines(replace(trained, n_steps=0))[-1].startswith("Failed, ")


def test_a_champion_that_always_acts_alike_is_told_with_silence_as_the_reason() -> None:
    played = read_champion(shipped_champions()["mountain-car"]).recording
    assert constant_action(played) == []

    def with_actions(value: float, n_spikes: int) -> list[str]:
        is_padding = np.isnan(played.traces.actions)
        actions = np.where(is_padding, np.nan, value)
        counts = np.where(played.traces.counts < 0, -1, n_spikes)
        return constant_action(replace(played, traces=replace(played.traces, actions=actions, counts=counts)))

    (silent,) = with_actions(1.0, 0)
    assert silent.startswith("The action is 1 in each recorded step: no output neuron emits a spike.")
    assert with_actions(2.0, 3) == ["The action is 2 in each recorded step, whatever is observed."]
