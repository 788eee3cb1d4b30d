"""Building the parts of a task's loop from its configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from gymnasium.spaces import Space

from neurosim_rl.bridge import (
    DECODERS,
    ENCODERS,
    NORMALISATIONS,
    Decoder,
    Encoder,
    MeasuredNormalisation,
    Normalisation,
)
from neurosim_rl.bridge.actions import reflected_actions
from neurosim_rl.bridge.reflection import Reflection
from neurosim_rl.bridge.tuned_encoders import check_symmetric
from neurosim_rl.environments import EnvironmentSpec
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.models import MODELS, Model, Policy, SpikingModel
from neurosim_rl.optimizees.random_play import random_observations
from neurosim_rl.settings.configuration import Configuration
from neurosim_rl.settings.options import create, resolve

_MEASURED: dict[tuple[str, str], Normalisation] = {}
"""What this process has measured, by environment and normalisation."""


def create_normalisation(config: Configuration, environment: EnvironmentSpec) -> Normalisation:
    """Return the normalisation of an environment's observations; it is measured now if it was not before."""
    normalisation = create(
        "normalisation",
        NORMALISATIONS,
        config.normalisation,
        low=environment.observation_low,
        high=environment.observation_high,
    )
    if not isinstance(normalisation, MeasuredNormalisation) or normalisation.is_measured:
        return normalisation
    key = (repr(environment.options), repr(normalisation))
    if key not in _MEASURED:
        observed = random_observations(environment, normalisation.steps, normalisation.seed)
        _MEASURED[key] = normalisation.measured(observed)
    return _MEASURED[key]


def create_encoder(config: Configuration, normalisation: Normalisation, model: Mapping[str, Any]) -> Encoder:
    """Return the encoder between normalised observations and the spiking model of a table."""
    low, high = normalisation.bounds
    return create(
        "encoder",
        ENCODERS,
        _with_neurons("encoder", ENCODERS, config.encoder, model),
        low=low,
        high=high,
        window_ms=config.window_ms,
        resolution_ms=config.resolution_ms,
    )


def create_decoder(config: Configuration, environment: EnvironmentSpec, model: Mapping[str, Any]) -> Decoder:
    """Return the decoder between the spiking model of a table and an environment."""
    return create(
        "decoder",
        DECODERS,
        _with_neurons("decoder", DECODERS, config.decoder, model),
        action_space=environment.action_space,
        window_ms=config.window_ms,
    )


def _with_neurons(
    kind: str, registry: Mapping[str, type], table: Mapping[str, Any], model: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a table in which 0 neurons are as many as the model has of those that are input and output at once.

    Raises
    ------
    ConfigurationError
        When the model has none such.
    """
    resolved = resolve(kind, registry, table)
    if resolved.get("n_neurons") != 0:
        return resolved
    options = resolve("model", MODELS, model)
    name = options.pop("name")
    cls = MODELS[name]
    n_joint = cls.n_joint(options) if issubclass(cls, SpikingModel) else 0
    if not n_joint:
        raise ConfigurationError(
            f"{kind}.n_neurons = 0: model {name!r} does not say how many. Set {kind}.n_neurons, or use model.name = "
            "'single-layer' or 'spatial'."
        )
    return {**resolved, "n_neurons": n_joint}


def create_spiking_model(
    table: Mapping[str, Any],
    encoder: Encoder,
    decoder: Decoder,
    config: Configuration,
    normalisation: Normalisation,
    mirrored: Sequence[int] = (),
) -> SpikingModel:
    """Return the spiking model of a table, as it fits between an encoder and a decoder.

    Parameters
    ----------
    normalisation : Normalisation
        What observations go through before the encoder.
    mirrored : sequence of int
        Observed variables that change sign in the task's mirror; empty: it has none.
    """

    def reflections() -> tuple[Reflection, Reflection]:
        _check_has_mirror(mirrored, config, normalisation)
        return encoder.reflection(mirrored), decoder.reflection()

    model = create(
        "model",
        MODELS,
        table,
        n_inputs=encoder.n_inputs,
        n_outputs=decoder.n_outputs,
        spiking_input=encoder.drives_spikes,
        resolution_ms=config.resolution_ms,
        readout_shape=decoder.readout_shape,
        reflections=reflections,
        outer_reflections=partial(_outer_reflections, mirrored, config, normalisation, decoder.action_space),
        read_in_shape=encoder.read_in_shape,
        window_ms=config.window_ms,
        ticks=encoder.n_ticks,
        reads_membrane=decoder.reads_membrane,
    )
    assert isinstance(model, SpikingModel)
    return model


def is_policy(table: Mapping[str, Any]) -> bool:
    """Return whether a table names a model without neurons (False for a wrong name: building it tells)."""
    name = table.get("name")
    return isinstance(name, str) and issubclass(MODELS.get(name, SpikingModel), Policy)


def create_policy(
    config: Configuration,
    environment: EnvironmentSpec,
    normalisation: Normalisation,
    spiking_table: Mapping[str, Any],
    mirrored: Sequence[int] = (),
) -> Model:
    """Return the configured model without neurons, straight between normalised observation and action.

    Parameters
    ----------
    spiking_table : mapping
        The model of the task's spiking network, which may set the policy's size.
    mirrored : sequence of int
        Observed variables that change sign in the task's mirror; empty: it has none.
    """
    low, high = normalisation.bounds

    def n_spiking_genes() -> int:
        encoder = create_encoder(config, normalisation, spiking_table)
        decoder = create_decoder(config, environment, spiking_table)
        return create_spiking_model(spiking_table, encoder, decoder, config, normalisation, mirrored).parameters.size

    return create(
        "model",
        MODELS,
        config.model,
        low=low,
        high=high,
        action_space=environment.action_space,
        n_spiking_genes=n_spiking_genes,
        reflections=partial(_outer_reflections, mirrored, config, normalisation, environment.action_space),
    )


def _outer_reflections(
    mirrored: Sequence[int], config: Configuration, normalisation: Normalisation, action_space: Space
) -> tuple[Reflection, Reflection]:
    """Return what the task's mirror does to normalised observations and to actions."""
    _check_has_mirror(mirrored, config, normalisation)
    low, high = normalisation.bounds
    check_symmetric(low, high, mirrored)
    signs = [-1 if index in mirrored else 1 for index in range(len(low))]
    return Reflection.of_signs(signs), reflected_actions(action_space)


def _check_has_mirror(mirrored: Sequence[int], config: Configuration, normalisation: Normalisation) -> None:
    if not mirrored:
        raise ConfigurationError(f"task {config.task!r} has no mirror symmetry. Set model.mirror = false.")
    if not normalisation.keeps_mirror:
        raise ConfigurationError(
            f"normalisation {config.normalisation['name']!r} looks different in the mirror. Use 'bounds', or set "
            "model.mirror = false."
        )
