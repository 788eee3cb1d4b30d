"""Contract of models: a genome has one meaning, which NEST builds and plays as the compiled simulator does."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
from gymnasium.spaces import Discrete

from neurosim_rl.bridge.reflection import Reflection
from neurosim_rl.models import Model, Policy, SpikingModel
from neurosim_rl.networks.parameters import ParameterSpace
from neurosim_rl.settings.options import option_fields, read_options
from neurosim_rl.testing.contract import Contract
from neurosim_rl.testing.genome import check_genomes
from neurosim_rl.testing.making import first_of, maker_of
from neurosim_rl.testing.policy import check_policy
from neurosim_rl.testing.spiking_model import check_networks


def check_model(model: type[Model] | Callable[[], Model], **options: Any) -> None:
    """Raise unless a model keeps its contract.

    Checked of all models are options, bounds of genomes, that a genome is not changed and has one meaning, genomes of
    the wrong length, and pickling into workers. Checked of spiking models are the sizes between encoder and decoder, a
    batch of different genomes in NEST and in the compiled simulator with the same spikes, that an element alone spikes
    as in a batch, that the input drives the output, and learned weights if a genome can hold them; with ``mirror``,
    that mirrored drives give mirrored spikes. Checked of policies are actions of the space, alone as in a batch, and
    the error for NaN.

    Parameters
    ----------
    model : type or callable
        A class derived from `neurosim_rl.models.SpikingModel` or `Policy`, or a function without arguments that
        returns one.
    **options
        Options of a class, and what it gets from its task: ``n_inputs`` (6), ``n_outputs`` (3), ``spiking_input``
        (False), ``resolution_ms`` (0.1), ``readout_shape``, ``read_in_shape``, ``reads_membrane``, ... of a spiking
        model; ``low``, ``high``, ``action_space`` of a policy.

    Raises
    ------
    ContractError
    """
    contract = Contract.of("check_model", model)
    own = set(options)  # maker_of() refuses those of a factory, and a class that is no dataclass
    if isinstance(model, type) and dataclasses.is_dataclass(model):
        own = set(option_fields(model))
    given = {key: value for key, value in options.items() if key not in own}
    chosen = {key: value for key, value in options.items() if key in own}
    make = maker_of(contract, model, "model", {**_context(model, chosen), **given}, chosen)
    made = first_of(contract, make, Model)  # type: ignore[type-abstract]
    with contract.works("parameters"):
        space = made.parameters
    contract.expect(
        isinstance(space, ParameterSpace), f"parameters is a {type(space).__name__}; expected a ParameterSpace"
    )
    check_genomes(contract, space)
    if isinstance(made, SpikingModel):
        check_networks(contract, make, made)
    elif isinstance(made, Policy):
        check_policy(contract, make, made)
    else:
        contract.fail(f"it derives from {type(made).__mro__[1].__name__}; expected SpikingModel or Policy")


def _context(model: Any, options: dict[str, Any]) -> dict[str, Any]:
    """Return what a class would get from its task."""
    if not isinstance(model, type):
        return {}
    if issubclass(model, Policy):
        return {
            "low": np.array([-1.2, 0.0]),
            "high": np.array([0.6, 10.0]),
            "action_space": Discrete(3),
            "n_spiking_genes": lambda: 60,
        }
    n_joint = 0
    if issubclass(model, SpikingModel):
        n_joint = model.n_joint(read_options(model, options, "model"))
    n_inputs, n_outputs = n_joint or 6, n_joint or 3
    return {
        "n_inputs": n_inputs,
        "n_outputs": n_outputs,
        "spiking_input": False,
        "resolution_ms": 0.1,
        "readout_shape": (n_outputs, 2) if n_joint else None,
        "read_in_shape": (4, n_inputs) if n_joint else None,
        "reflections": lambda: (Reflection.reversing(n_inputs), Reflection.reversing(n_outputs)),
    }
