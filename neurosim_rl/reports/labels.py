"""Names of a task's observed variables, actions, input neurons and output neurons, for figures."""

from __future__ import annotations

import numpy as np
from gymnasium.spaces import Discrete

from neurosim_rl.analysis.labels import Labels, without_unit
from neurosim_rl.bridge.decoder import Decoder
from neurosim_rl.bridge.decoders import RateDifference, WinnerTakesAll
from neurosim_rl.bridge.parts_decoder import PartwiseDecoder
from neurosim_rl.bridge.sliding_rate import SlidingRate
from neurosim_rl.bridge.tuned_encoders import TunedEncoder
from neurosim_rl.environments.action_parts import column_labels, n_columns
from neurosim_rl.optimizees import ClosedLoop

SWEEP_POINTS = 1000
"""Points of a sweep over one observed variable: enough to meet every bin of a one-hot tuning."""


def task_labels(optimizee: ClosedLoop) -> Labels:
    """Return the labels of a task; variables and actions without a name have that of their space, or a number."""
    environment = optimizee.environment
    space, n_observed = environment.action_space, len(environment.observation_low)
    if isinstance(space, Discrete):
        own_names: tuple[str, ...] = _numbered("action", int(space.n))
        first_action = int(space.start)
    else:
        own_names, first_action = column_labels(space), 0
    actions = _named(optimizee.facts.action_labels, own_names)
    own_names = environment.observed.labels or _numbered("observation", n_observed)
    observations = _named(optimizee.facts.observation_labels, own_names)
    return Labels(
        observations=observations,
        actions=actions,
        inputs=_input_names(optimizee, observations),
        outputs=_output_names(optimizee.decoder, actions) if optimizee.has_neurons else (),
        discrete=isinstance(space, Discrete),
        first_action=first_action,
    )


def driving_variables(encoder: TunedEncoder) -> np.ndarray:
    """Return the index of the observed variable that changes each input neuron most, shape (n_inputs,).

    One variable after the other is swept over its bounds; the other variables stay in the middle of their bounds.
    """
    ranges = []
    for k in range(len(encoder.low)):
        sweep = np.tile((encoder.low + encoder.high) / 2, (SWEEP_POINTS, 1))
        sweep[:, k] = np.linspace(encoder.low[k], encoder.high[k], SWEEP_POINTS)
        ranges.append(np.ptp(encoder.activity(sweep), axis=0))
    return np.argmax(ranges, axis=0)


def _named(labels: tuple[str, ...], own_names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the task's labels, or the names by the spaces where the number differs."""
    return labels if len(labels) == len(own_names) else own_names


def _numbered(kind: str, n: int) -> tuple[str, ...]:
    return tuple(f"{kind} {k}" for k in range(n))


def _input_names(optimizee: ClosedLoop, observations: tuple[str, ...]) -> tuple[str, ...]:
    if not optimizee.has_neurons:
        return ()
    variables = optimizee.encoder.input_variables
    if variables is None and isinstance(optimizee.encoder, TunedEncoder):
        variables = driving_variables(optimizee.encoder)
    # Each input neuron of another encoder responds to all variables, and has no name.
    return () if variables is None else tuple(without_unit(observations[k]) for k in variables)


def _output_names(decoder: Decoder, actions: tuple[str, ...]) -> tuple[str, ...]:
    if isinstance(decoder, SlidingRate):
        decoder = decoder.inner
    if decoder.reads_membrane:
        return ()
    if isinstance(decoder, PartwiseDecoder):
        return _names_by_part(decoder, actions)
    if isinstance(decoder, WinnerTakesAll):
        return _repeated(actions, decoder.neurons_per_action)
    if isinstance(decoder, RateDifference):
        sides: list[str] = []
        for action in actions:
            name = without_unit(action)
            sides += [f"raises {name}", f"lowers {name}"]
        return _repeated(tuple(sides), decoder.neurons_per_side)
    return tuple(f"output {k}" for k in range(decoder.n_outputs))


def _names_by_part(decoder: PartwiseDecoder, columns: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of the output neurons of all parts: a choice has a name for each of its values."""
    names: list[str] = []
    first = 0
    for part in decoder.decoders:
        n = n_columns(part.action_space)
        own = columns[first : first + n]
        if isinstance(part.action_space, Discrete):
            start = int(part.action_space.start)
            own = tuple(f"{own[0]} = {start + k}" for k in range(int(part.action_space.n)))
        names += _output_names(part, own)
        first += n
    return tuple(names)


def _repeated(names: tuple[str, ...], times: int) -> tuple[str, ...]:
    """Return each name `times` times in a row, numbered from 1."""
    if times == 1:
        return names
    numbered: list[str] = []
    for name in names:
        numbered += [f"{name} #{k}" for k in range(1, times + 1)]
    return tuple(numbered)
