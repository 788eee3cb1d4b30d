"""Building the parts of a task's loop from its configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from neurosim_rl.bridge import DECODERS, ENCODERS, Decoder, Encoder
from neurosim_rl.bridge.decoders import reflected_actions
from neurosim_rl.bridge.encoders import check_symmetric
from neurosim_rl.bridge.reflection import Reflection
from neurosim_rl.configuration import Configuration
from neurosim_rl.environments import EnvironmentSpec
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.models import MODELS, Model, Policy, SpikingModel
from neurosim_rl.options import create


def create_encoder(config: Configuration, environment: EnvironmentSpec) -> Encoder:
    """Return the encoder between an environment and a spiking model."""
    return create(
        "encoder",
        ENCODERS,
        config.encoder,
        low=environment.observation_low,
        high=environment.observation_high,
        window_ms=config.window_ms,
        resolution_ms=config.resolution_ms,
    )


def create_decoder(config: Configuration, environment: EnvironmentSpec) -> Decoder:
    """Return the decoder between a spiking model and an environment."""
    return create(
        "decoder", DECODERS, config.decoder, action_space=environment.action_space, window_ms=config.window_ms
    )


def create_spiking_model(
    table: Mapping[str, Any],
    encoder: Encoder,
    decoder: Decoder,
    config: Configuration,
    mirrored: Sequence[int] = (),
) -> SpikingModel:
    """Return the spiking model of a table, as it fits between an encoder and a decoder.

    Parameters
    ----------
    mirrored : sequence of int
        Observed variables that change sign in the task's mirror; empty: it has none.
    """

    def reflections() -> tuple[Reflection, Reflection]:
        _check_has_mirror(mirrored, config)
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
    spiking_table: Mapping[str, Any],
    mirrored: Sequence[int] = (),
) -> Model:
    """Return the configured model without neurons, straight between observation and action.

    Parameters
    ----------
    spiking_table : mapping
        The model of the task's spiking network, which may set the policy's size.
    mirrored : sequence of int
        Observed variables that change sign in the task's mirror; empty: it has none.
    """

    def n_spiking_genes() -> int:
        encoder, decoder = create_encoder(config, environment), create_decoder(config, environment)
        return create_spiking_model(spiking_table, encoder, decoder, config, mirrored).parameters.size

    def reflections() -> tuple[Reflection, Reflection]:
        _check_has_mirror(mirrored, config)
        check_symmetric(environment.observation_low, environment.observation_high, mirrored)
        signs = [-1 if index in mirrored else 1 for index in range(len(environment.observation_low))]
        return Reflection.of_signs(signs), reflected_actions(environment.action_space)

    return create(
        "model",
        MODELS,
        config.model,
        low=environment.observation_low,
        high=environment.observation_high,
        action_space=environment.action_space,
        n_spiking_genes=n_spiking_genes,
        reflections=reflections,
    )


def _check_has_mirror(mirrored: Sequence[int], config: Configuration) -> None:
    if not mirrored:
        raise ConfigurationError(f"task {config.task!r} has no mirror symmetry. Set model.mirror = false.")
