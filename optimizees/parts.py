"""Building the parts of a task's loop from its configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neurosim_rl.bridge import DECODERS, ENCODERS, Decoder, Encoder
from neurosim_rl.configuration import Configuration
from neurosim_rl.environments import EnvironmentSpec
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
    table: Mapping[str, Any], encoder: Encoder, decoder: Decoder, config: Configuration
) -> SpikingModel:
    """Return the spiking model of a table, as it fits between an encoder and a decoder."""
    model = create(
        "model",
        MODELS,
        table,
        n_inputs=encoder.n_inputs,
        n_outputs=decoder.n_outputs,
        spiking_input=encoder.drives_spikes,
        resolution_ms=config.resolution_ms,
        readout_shape=decoder.readout_shape,
    )
    assert isinstance(model, SpikingModel)
    return model


def is_policy(table: Mapping[str, Any]) -> bool:
    """Return whether a table names a model without neurons (False for a wrong name: building it tells)."""
    name = table.get("name")
    return isinstance(name, str) and issubclass(MODELS.get(name, SpikingModel), Policy)


def create_policy(config: Configuration, environment: EnvironmentSpec, spiking_table: Mapping[str, Any]) -> Model:
    """Return the configured model without neurons, straight between observation and action.

    Parameters
    ----------
    spiking_table : mapping
        The model of the task's spiking network, which may set the policy's size.
    """

    def n_spiking_genes() -> int:
        encoder, decoder = create_encoder(config, environment), create_decoder(config, environment)
        return create_spiking_model(spiking_table, encoder, decoder, config).parameters.size

    return create(
        "model",
        MODELS,
        config.model,
        low=environment.observation_low,
        high=environment.observation_high,
        action_space=environment.action_space,
        n_spiking_genes=n_spiking_genes,
    )
