"""Parts of a task's loop, made from its settings: environment, bridge, model, fitness and learning rule."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from neurosim_rl.bridge import Background, Decoder, Encoder, MeasuredNormalisation, Normalisation, RunningNormalisation
from neurosim_rl.bridge.reflection import Reflection
from neurosim_rl.environments import EnvironmentSpec
from neurosim_rl.environments.contract import check_contract
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.learning import PlasticityRule, Rule
from neurosim_rl.models import Model, Policy, SpikingModel
from neurosim_rl.networks.built_modules import built_module, record_of
from neurosim_rl.networks.nest_module import NestModule
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import Parameter, ParameterSpace
from neurosim_rl.optimizees.configuration import Settings
from neurosim_rl.optimizees.fitness import Fitness
from neurosim_rl.optimizees.mirror import check_has_mirror, outer_reflections
from neurosim_rl.optimizees.network_size import check_network_size
from neurosim_rl.optimizees.other_environment import OtherEnvironment, layers_in
from neurosim_rl.optimizees.random_play import measured
from neurosim_rl.optimizees.task import Task
from neurosim_rl.settings.options import Options


class Parts(Task):
    """The parts of a task's loop. Each is made at its first use.

    Parameters
    ----------
    config : Settings
    """

    def __init__(self, config: Settings) -> None:
        self.config = config

    @cached_property
    def facts(self) -> Task:
        """Facts about the configured environment: the task's, or in another environment than its own almost none."""
        environment_id = self.config.environment.id
        if self.is_at_home(environment_id):
            return self
        return OtherEnvironment(environment_id, self.own_environment())

    @cached_property
    def environment(self) -> EnvironmentSpec:
        """The environment's spaces and limits."""
        return EnvironmentSpec.of(self.config.environment)

    def check_environment(self) -> None:
        """Raise unless the environment keeps its contract (see `neurosim_rl.environments.contract`)."""
        has_restarts = self.learning.trains or self.n_trial_episodes(training=True) > 1
        check_contract(self.environment, restarts=has_restarts)

    @cached_property
    def normalisation(self) -> Normalisation:
        """The normalisation between the environment and the encoder or policy."""
        low, high = self.environment.observation_low, self.environment.observation_high
        normalisation: Normalisation = self.config.normalisation.create(low=low, high=high)
        if isinstance(normalisation, MeasuredNormalisation) and not normalisation.is_measured:
            return measured(normalisation, self.environment)
        return normalisation

    @property
    def keeps_observing(self) -> bool:
        """Whether training observations update the normalisation of later generations."""
        return isinstance(self.normalisation, RunningNormalisation)

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder between normalised observations and the spiking model."""
        low, high = self.normalisation.bounds
        options = self._with_neurons("encoder", self.config.encoder)
        window = {"window_ms": self.config.window_ms, "resolution_ms": self.config.resolution_ms}
        encoder: Encoder = options.create(low=low, high=high, **window)
        return encoder

    @cached_property
    def decoder(self) -> Decoder:
        """The decoder between the spiking model and this environment."""
        options = self._with_neurons("decoder", self.config.decoder)
        space = self.environment.action_space
        window = {"window_ms": self.config.window_ms, "resolution_ms": self.config.resolution_ms}
        decoder: Decoder = options.create(action_space=space, **window)
        return decoder

    @cached_property
    def background(self) -> Background:
        """Background spikes into the network.

        Raises
        ------
        ConfigurationError
            When the model has no neurons, or training by gradients would not know of the spikes.
        """
        background: Background = self.config.background.create(resolution_ms=self.config.resolution_ms)
        name = self.config.background.name
        if not background.is_silent and not self.has_neurons:
            raise ConfigurationError(
                f"background {name!r} needs neurons; model {self.config.model.name!r} has none. Use a spiking model, "
                "or background.name = 'none'."
            )
        if not background.is_silent and self.learning.trains:
            raise ConfigurationError(
                f"background {name!r} with learning {self.config.learning.name!r}: gradients train a network without "
                "background spikes. Set background.name = 'none', or evolve the network."
            )
        return background

    @cached_property
    def _spiking_options(self) -> Options:
        """Options of the configured model if it has neurons, else of the task's own spiking model."""
        if not _is_policy(self.config.model):
            return self.config.model
        [defaults] = layers_in(self.config.environment.id, type(self), [self.defaults])
        own = {}
        if "model" in defaults:
            own["model"] = defaults["model"]
        return Settings.read(own).model

    def _with_neurons(self, kind: str, options: Options) -> Options:
        """Return options with ``n_neurons = 0``, their own or of an option, replaced by the model's own number.

        Raises
        ------
        ConfigurationError
            When the model has no population that is input and output at once.
        """
        for name, value in options.values().items():
            if isinstance(value, Options):
                options = options.replace(**{name: self._with_neurons(f"{kind}.{name}", value)})
        if options.values().get("n_neurons") != 0:
            return options
        model = self._spiking_options
        assert model.component is not None
        n_joint = model.component.n_joint(model.values())  # type: ignore[attr-defined]
        if not n_joint:
            raise ConfigurationError(
                f"{kind}.n_neurons = 0: model {model.name!r} has no number of its own. Set {kind}.n_neurons, or use "
                "model.name = 'single-layer' or 'spatial'."
            )
        return options.replace(n_neurons=n_joint)

    @cached_property
    def model(self) -> Model:
        """The model: a spiking network between encoder and decoder, or a policy from observation to action."""
        if not _is_policy(self.config.model):
            return self._spiking_model(self.config.model)
        low, high = self.normalisation.bounds
        policy: Policy = self.config.model.create(
            low=low,
            high=high,
            action_space=self.environment.action_space,
            # A function: the spiking model is built only for a policy that takes its size from it.
            n_spiking_genes=lambda: self._spiking_model(self._spiking_options).parameters.size,
            reflections=self._outer_reflections,
        )
        check_network_size(policy)
        return policy

    def _spiking_model(self, options: Options) -> SpikingModel:
        encoder, decoder, config = self.encoder, self.decoder, self.config

        def reflections() -> tuple[Reflection, Reflection]:
            check_has_mirror(self.facts, config, self.normalisation)
            return encoder.reflection(self.facts.mirrored), decoder.reflection()

        model: SpikingModel = options.create(
            n_inputs=encoder.n_inputs,
            n_outputs=decoder.n_outputs,
            spiking_input=encoder.drives_spikes,
            resolution_ms=config.resolution_ms,
            readout_shape=decoder.readout_shape,
            reflections=reflections,
            outer_reflections=self._outer_reflections,
            read_in_shape=encoder.read_in_shape,
            window_ms=config.window_ms,
            ticks=encoder.n_ticks,
            reads_membrane=decoder.reads_membrane,
            nest_modules=self._nest_modules,
        )
        check_network_size(model)
        return model

    @cached_property
    def _nest_modules(self) -> tuple[NestModule, ...]:
        return tuple(built_module(name) for name in self.config.nest_modules)

    @property
    def nest_module_records(self) -> dict[str, Any]:
        """Source and digest of NEST's extension modules, for the record of a run; empty: there are none."""
        records = [record_of(name) for name in self.config.nest_modules]
        return {"nest_modules": records} if records else {}

    def _outer_reflections(self) -> tuple[Reflection, Reflection]:
        return outer_reflections(self.facts, self.config, self.normalisation, self.environment.action_space)

    @property
    def has_neurons(self) -> bool:
        """Whether the model is a spiking network."""
        return not _is_policy(self.config.model)  # known without the environment

    def network(self, vector: np.ndarray) -> Network:
        """Return the spiking network that a genome describes.

        Raises
        ------
        ConfigurationError
            When the model has no neurons.
        """
        if not isinstance(self.model, SpikingModel):
            raise ConfigurationError(
                f"model {self.config.model.name!r} has no neurons; expected a spiking model. Set model.name."
            )
        genome = self.parameters.to_genome(vector)
        network = self.background.added_to(self.model.network(genome))
        if self.config.nest_modules:
            modules = dict.fromkeys((*network.nest_modules, *self._nest_modules))  # each once, a model's own too
            network = network.with_modules(tuple(modules))
        return network.with_bridge_genes({p.name: genome[p.name] for p in self._bridge_parameters})

    @cached_property
    def fitness(self) -> Fitness:
        """The fitness, which scores episodes."""
        fitness: Fitness = self.config.fitness.create()
        return fitness

    @cached_property
    def learning(self) -> Rule:
        """The learning rule: it changes weights while a network plays, trains them by gradients, or does nothing."""
        rule: Rule = self.config.learning.create()
        if rule.learns and not isinstance(rule, PlasticityRule):
            raise ConfigurationError(
                f"learning {self.config.learning.name!r}: {type(rule).__name__} says that it learns; expected a class "
                "derived from neurosim_rl.learning.PlasticityRule. Derive it, or set learns = False."
            )
        if rule.learns and not self.has_neurons:
            raise ConfigurationError(
                f"learning {self.config.learning.name!r} changes synapses; model {self.config.model.name!r} has "
                "none. Use a spiking model, or learning.name = 'none'."
            )
        return rule

    @cached_property
    def parameters(self) -> ParameterSpace:
        """The parameters of a genome: of the model, of the encoder and decoder, and the evolved ones of the rule."""
        own = self.model.parameters.parameters
        return ParameterSpace(*own, *self._bridge_parameters, *self.learning.parameters)

    @property
    def _bridge_parameters(self) -> tuple[Parameter, ...]:
        """Genes of the encoder and of the decoder themselves."""
        return (*self.encoder.parameters, *self.decoder.parameters) if self.has_neurons else ()

    def learns(self, training: bool) -> bool:
        """Whether networks learn while they play; `training` false: in validation and on unseen starts."""
        return self.learning.learns and (training or self.learning.when == "always")

    @property
    def keeps_learned(self) -> bool:
        """Whether a genome can hold the weights that a network has learned."""
        return isinstance(self.model, SpikingModel) and self.model.holds_learned

    def n_trial_episodes(self, training: bool) -> int:
        """Return the number of episodes that each element plays."""
        if training or self.learning.when == "always":
            return self.learning.episodes
        return 1


def _is_policy(options: Options) -> bool:
    """Return whether a model has no neurons."""
    return options.component is not None and issubclass(options.component, Policy)
