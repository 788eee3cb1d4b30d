from dataclasses import replace

import numpy as np
import pytest

from neurosim_rl.analysis.labels import Labels
from neurosim_rl.errors import ConfigurationError, UnknownNameError
from neurosim_rl.reports.view import View
from tests.recordings import nine_neurons, two_episodes

LABELS = Labels(("position (m)", "velocity (m/s)"), ("left", "right"), (), (), discrete=True)


@pytest.mark.parametrize(
    ("returns", "median_return", "trial"),
    [
        ([5.0, 1.0, 3.0], None, 2),
        ([5.0, 1.0, 3.0, 4.0], None, 2),  # of 3 and 4 the lower one
        ([1.0, 1.0], None, 0),
        ([1600.0, 5010.0], None, 0),
        ([1600.0, 5010.0], 4900.0, 1),
        ([1600.0, 5010.0], float("nan"), 0),
    ],
)
def test_the_shown_episode_is_the_nearest_to_the_median(
    returns: list[float], median_return: float | None, trial: int
) -> None:
    recording = replace(two_episodes(), returns=np.array(returns), start_seeds=np.arange(len(returns)))
    assert View().trial(recording, median_return) == trial


def test_an_episode_is_chosen_by_its_number_from_one() -> None:
    assert [View(episode=number).trial(two_episodes()) for number in (1, 2)] == [0, 1]
    for number in (0, 3):
        with pytest.raises(ConfigurationError, match=f"episode {number}: expected 1 to 2"):
            View(episode=number).trial(two_episodes())


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("", (0, 100)),
        ("10:20", (10, 20)),
        ("90:500", (90, 100)),
        ("0.2s:0.4s", (10, 20)),  # windows of 20 ms
        ("0.2:0.4s", (10, 20)),
        ("0.21s:0.39s", (10, 20)),  # a window that is partly inside is shown
    ],
)
def test_a_time_range_is_in_steps_or_in_seconds(text: str, steps: tuple[int, int]) -> None:
    assert View(time_range=text).steps(100, 20.0) == steps


@pytest.mark.parametrize("text", ["ten:twenty", "5", "1:2:3", "1..2:3", "-1:3"])
def test_a_range_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"expected FROM:TO in environment steps, such as 0:50"):
        View(time_range=text).steps(100, 20.0)


@pytest.mark.parametrize("text", ["20:10", "100:200", "3s:4s", "5:5"])
def test_a_range_without_a_step_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"no step of the episode; expected a range within 0:100 steps, or 0s"):
        View(time_range=text).steps(100, 20.0)


def test_variables_are_chosen_by_name_or_number() -> None:
    assert View(variables=("velocity", "0", "position (m)")).variable_numbers(LABELS) == [1, 0, 0]
    assert View().variable_numbers(LABELS) == []
    with pytest.raises(UnknownNameError, match=r"unknown observed variable 'velocitty'.*'velocity'"):
        View(variables=("velocitty",)).variable_numbers(LABELS)


@pytest.mark.parametrize(
    ("texts", "neurons"),
    [
        (("output",), [6, 7, 8]),
        (("output[1]",), [7]),
        (("hidden_1[0:2]", "3"), [3, 4, 5]),
        (("0:3", "1:4"), [0, 1, 2, 3]),
    ],
)
def test_neurons_are_chosen_by_population_or_number(texts: tuple[str, ...], neurons: list[int]) -> None:
    chosen = View(neurons=texts).neuron_numbers(nine_neurons())
    assert chosen is not None
    assert chosen.tolist() == neurons


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("outptu", r"unknown population 'outptu'.*'output'"),
        ("outptu[0]", r"unknown population 'outptu'.*'output'"),
        ("output[3]", r"neurons 'output\[3\]': expected numbers within 0:3"),
        ("9", r"neurons '9': expected numbers within 0:9"),
        ("4:4", r"neurons '4:4': expected numbers within 0:9"),
        ("output[x]", r"neurons 'output\[x\]': expected a population, such as input"),
    ],
)
def test_neurons_that_are_not_there_are_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        View(neurons=(text,)).neuron_numbers(nine_neurons())


def test_without_a_choice_the_figure_chooses() -> None:
    assert View().neuron_numbers(nine_neurons()) is None
