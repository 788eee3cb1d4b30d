"""A spiking network as pure data: populations, projections, which one is input and which output.

No simulator is known here. All models and parameters carry NEST's names; every simulator
translates from there.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

import numpy as np

from neurosim_rl.errors import NetworkError
from neurosim_rl.networks.synapses import DOPAMINE, STATIC, check_parameters, check_signs
from neurosim_rl.settings.checks import check_shape, first_non_finite

T = TypeVar("T")

SPIKE_SOURCE = "spike_generator"
"""Model name of a population that emits the spikes it is told to emit."""


@dataclass(frozen=True)
class Population:
    """Neurons of one model.

    Parameters
    ----------
    name : str
        Unique within the network.
    size : int
        Number of neurons, at least 1.
    model : str
        NEST's name of the neuron model, or ``"spike_generator"`` for an input that emits given spikes.
    parameters : mapping of str to float or array of shape (size,)
        NEST's parameter names and units (ms, mV, pF, pA). What is not named keeps NEST's default. ``tau_minus``, the
        time constant of the depression of plastic synapses onto these neurons, is one of them.
    """

    name: str
    size: int
    model: str = "iaf_psc_alpha"
    parameters: Mapping[str, float | np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check sizes and values."""
        if self.size < 1:
            raise NetworkError(f"population {self.name!r} has {self.size} neurons; expected at least 1.")
        for key, value in self.parameters.items():
            if np.shape(value) not in ((), (self.size,)):
                raise NetworkError(
                    f"population {self.name!r}: {key} has shape {np.shape(value)}; expected () or ({self.size},)."
                )
            if np.asarray(value).dtype.kind not in "biuf" or np.isnan(value).any():
                raise NetworkError(f"population {self.name!r}: {key} is {value!r}; expected a number.")

    @property
    def is_source(self) -> bool:
        """Whether the population emits given spikes instead of simulating neurons."""
        return self.model == SPIKE_SOURCE


@dataclass(frozen=True)
class Projection:
    """Synapses from one population to another, as parallel arrays.

    Parameters
    ----------
    source, target : str
        Names of populations.
    pre, post : int array, shape (n_synapses,)
        Index of the neuron within source and target.
    weight_pa : float array, shape (n_synapses,)
        Synaptic weight in pA (in mV for ``iaf_psc_delta`` targets).
    delay_ms : float array, shape (n_synapses,)
        Synaptic delay in ms, at least one grid step.
    synapse : str
        NEST's name of the synapse model. Weights of a plastic one, such as ``stdp_synapse``, are those it begins with.
    parameters : mapping of str to float or array of shape (n_synapses,)
        The synapse model's parameters, with NEST's names and units (see `neurosim_rl.networks.synapses`). What is
        not named keeps NEST's default.
    modulator : str or None
        Population whose spikes release dopamine, for ``stdp_dopamine_synapse`` and only that. It arrives the smallest
        delay later, at all synapses of the projection.
    """

    source: str
    target: str
    pre: np.ndarray
    post: np.ndarray
    weight_pa: np.ndarray
    delay_ms: np.ndarray
    synapse: str = STATIC
    parameters: Mapping[str, float | np.ndarray] = field(default_factory=dict)
    modulator: str | None = None

    def __post_init__(self) -> None:
        """Check that the arrays agree and hold finite numbers, and the parameters."""
        shapes = {np.shape(a) for a in (self.pre, self.post, self.weight_pa, self.delay_ms)}
        if len(shapes) != 1 or len(next(iter(shapes))) != 1:
            raise NetworkError(f"{self.label}: pre, post, weight_pa and delay_ms must be 1-D and equally long.")
        for name in ("pre", "post"):
            if self.n_synapses and np.asarray(getattr(self, name)).dtype.kind not in "iu":
                raise NetworkError(
                    f"{self.label}: {name} is not an array of whole numbers; expected indices of neurons."
                )
        check_parameters(self.label, self.synapse, self.parameters, self.n_synapses)
        if (self.modulator is not None) != (self.synapse == DOPAMINE):
            raise NetworkError(
                f"{self.label}: modulator is {self.modulator!r} with {self.synapse}; expected the name of a population "
                f"for {DOPAMINE}, and None for others."
            )
        self._check_values(self.weight_pa)

    @property
    def label(self) -> str:
        """Name for messages."""
        return f"projection {self.source!r} -> {self.target!r}"

    def with_weights(self, weight_pa: np.ndarray) -> Projection:
        """Return the same synapses with other weights; what stays is shared, and not checked again."""
        check_shape(f"{self.label}: weight_pa", weight_pa, self.pre.shape)
        self._check_values(weight_pa)
        return _copy(self, weight_pa=weight_pa)

    def check_weights(self, weight_pa: np.ndarray) -> None:
        """Raise unless these could be the weights of several copies of the projection.

        Parameters
        ----------
        weight_pa : array, shape (n_synapses,) or (n_rows, n_synapses)

        Raises
        ------
        ShapeError
            For another number of synapses.
        NetworkError
            For a weight that is not finite, or has another sign than ``Wmax``.
        """
        check_shape(f"{self.label}: weight_pa", weight_pa, (*np.shape(weight_pa)[:-1], self.n_synapses)[-2:])
        self._check_values(weight_pa)

    def _check_values(self, weight_pa: np.ndarray) -> None:
        bad = first_non_finite(weight_pa)
        if bad is not None:
            raise NetworkError(
                f"{self.label}: weight_pa{list(bad)} is {np.asarray(weight_pa)[bad]}; expected a finite number."
            )
        check_signs(self.label, self.synapse, self.parameters, weight_pa)

    @property
    def n_synapses(self) -> int:
        """Number of synapses."""
        return len(self.pre)

    @classmethod
    def all_to_all(
        cls,
        source: str,
        target: str,
        weight_pa: np.ndarray,
        delay_ms: float,
        synapse: str = STATIC,
        parameters: Mapping[str, float | np.ndarray] | None = None,
        modulator: str | None = None,
    ) -> Projection:
        """Return a dense projection; synapse s goes from neuron ``s // n_target`` to neuron ``s % n_target``.

        Parameters
        ----------
        weight_pa : array, shape (n_source, n_target)
            Weight in pA from each source neuron to each target neuron.
        delay_ms : float
            One delay for all.
        synapse, parameters, modulator
            As in :class:`Projection`.
        """
        n_source, n_target = np.shape(weight_pa)
        pre = np.repeat(np.arange(n_source), n_target)
        post = np.tile(np.arange(n_target), n_source)
        delays = np.full(pre.size, float(delay_ms))
        return cls(source, target, pre, post, np.ravel(weight_pa), delays, synapse, parameters or {}, modulator)


@dataclass(frozen=True)
class Network:
    """A whole network.

    Parameters
    ----------
    populations : tuple of Population
        Their order numbers the neurons: neuron k of the network is counted through them.
    projections : tuple of Projection
        In the order in which a simulator connects them.
    input, output : str
        Names of the population that receives the drive, and of the one whose spikes are counted.
    resolution_ms : float
        Simulation grid.
    min_delay_ms : float or None
        How far a simulator may run ahead without exchanging spikes; None: the smallest delay of all synapses.
        The order in which simultaneous spikes are summed depends on it, so a model whose delays
        vary between genomes sets it to the smallest delay it may ever have: then a network's spikes
        do not depend on which others share its batch.
    readout : array of shape (n_outputs, n_actions) or None
        Weights of a linear read-out, for decoders that take them from the genome.
    read_in : array of shape (n_observations, n_inputs) or None
        Current in pA into each input neuron for one unit of each observed variable, for encoders that take them from
        the genome.
    bias_carrier : int or None
        Neuron of the input population that is no part of the modelled network: it spikes in every tick, so that its
        synapses carry the biases of later populations; those of the input population are the last row of `read_in`.
        None: there is none.
    """

    populations: tuple[Population, ...]
    projections: tuple[Projection, ...]
    input: str
    output: str
    resolution_ms: float = 0.1
    min_delay_ms: float | None = None
    readout: np.ndarray | None = None
    read_in: np.ndarray | None = None
    bias_carrier: int | None = None

    def __post_init__(self) -> None:
        """Check names, indices and delays."""
        names = [p.name for p in self.populations]
        if len(set(names)) != len(names):
            raise NetworkError(f"population names must be unique; got {names}.")
        for role, name in (("input", self.input), ("output", self.output)):
            if name not in names:
                raise NetworkError(f"{role} population {name!r} does not exist; populations: {names}.")
        if self.population(self.output).is_source:
            raise NetworkError(f"output population {self.output!r} emits given spikes; expected a neuron model.")
        for projection in self.projections:
            self._check_projection(projection, names)
        self._check_min_delay()

    def _check_projection(self, projection: Projection, names: list[str]) -> None:
        for role, name, index in (
            ("source", projection.source, projection.pre),
            ("target", projection.target, projection.post),
        ):
            if name not in names:
                raise NetworkError(f"{projection.label}: {role} does not exist; populations: {names}.")
            size = self.population(name).size
            if len(index) and not (np.min(index) >= 0 and np.max(index) < size):
                raise NetworkError(f"{projection.label}: {role} index out of range; {name!r} has {size} neurons.")
        if self.population(projection.target).is_source:
            raise NetworkError(f"{projection.label}: a spike source cannot receive synapses.")
        modulator = projection.modulator
        if modulator is not None and (modulator not in names or self.population(modulator).is_source):
            raise NetworkError(
                f"{projection.label}: modulator {modulator!r} is not a population of neurons; expected one of "
                f"{[p.name for p in self.populations if not p.is_source]}. Spikes that are given reach a volume "
                "transmitter through a parrot_neuron."
            )
        if self.population(projection.source).is_source and projection.synapse != STATIC:
            raise NetworkError(
                f"{projection.label}: {projection.synapse} cannot start at a spike_generator, NEST refuses it. Put a "
                "population of parrot_neuron in between, with a static synapse to each."
            )
        if not self._on_grid(projection.delay_ms):
            raise NetworkError(
                f"{projection.label}: delays must be multiples of the resolution, {self.resolution_ms} ms, from one up."
            )

    def _check_min_delay(self) -> None:
        if self.min_delay_ms is None:
            return
        smallest = min((float(np.min(p.delay_ms)) for p in self.projections if p.n_synapses), default=np.inf)
        if not self._on_grid(self.min_delay_ms) or self.min_delay_ms > smallest + 1e-9:
            raise NetworkError(
                f"min_delay_ms = {self.min_delay_ms}; expected a multiple of the resolution, {self.resolution_ms} ms, "
                f"and at most the smallest delay, {smallest} ms."
            )

    def _on_grid(self, delay_ms: np.ndarray | float) -> bool:
        """Return whether all delays are whole numbers of grid steps, at least one (NaN is not)."""
        steps = np.asarray(delay_ms) / self.resolution_ms
        return bool(
            np.isfinite(steps).all() and np.all((steps >= 1 - 1e-9) & (np.abs(steps - np.round(steps)) <= 1e-6))
        )

    def with_weights(
        self,
        weights_pa: Sequence[np.ndarray],
        readout: np.ndarray | None = None,
        read_in: np.ndarray | None = None,
    ) -> Network:
        """Return the same network with other weights; what stays is shared, and not checked again.

        Parameters
        ----------
        weights_pa : sequence of array
            One for each projection, shape (n_synapses,).
        readout, read_in : array or None
            As in :class:`Network`.
        """
        projections = tuple(p.with_weights(w) for p, w in zip(self.projections, weights_pa, strict=True))
        return _copy(self, projections=projections, readout=readout, read_in=read_in)

    @property
    def structure(self) -> tuple[Hashable, ...]:
        """What tells networks apart that differ in more than weights; those from :meth:`with_weights` share it.

        Arrays count by identity, so compare it only while the networks live.
        """
        synapses = tuple(
            (
                *(p.source, p.target, p.synapse, p.modulator),
                *(id(p.pre), id(p.post), id(p.delay_ms), id(p.parameters) if p.parameters else 0),
            )
            for p in self.projections
        )
        return id(self.populations), self.input, self.output, self.resolution_ms, self.min_delay_ms, *synapses

    def population(self, name: str) -> Population:
        """Return the population of that name."""
        return next(p for p in self.populations if p.name == name)

    @property
    def n_neurons(self) -> int:
        """Number of neurons, spike sources included."""
        return sum(p.size for p in self.populations)

    @property
    def n_synapses(self) -> int:
        """Number of synapses."""
        return sum(p.n_synapses for p in self.projections)

    @property
    def n_inputs(self) -> int:
        """Size of the input population."""
        return self.population(self.input).size

    @property
    def n_outputs(self) -> int:
        """Size of the output population."""
        return self.population(self.output).size

    @cached_property
    def first_neuron(self) -> dict[str, int]:
        """Index within the network of each population's first neuron."""
        starts = np.cumsum([0, *(p.size for p in self.populations)])
        return {p.name: int(start) for p, start in zip(self.populations, starts, strict=False)}

    @cached_property
    def delay_range_ms(self) -> tuple[float, float]:
        """Smallest delay a simulator has to respect, and largest delay of all synapses, in ms."""
        delays = [p.delay_ms for p in self.projections if p.n_synapses]
        smallest = min((float(np.min(d)) for d in delays), default=self.resolution_ms)
        largest = max((float(np.max(d)) for d in delays), default=self.resolution_ms)
        return (smallest if self.min_delay_ms is None else self.min_delay_ms), largest


def _copy(original: T, **changes: object) -> T:
    """Return a copy of a frozen dataclass without running its checks; computed properties are kept."""
    copy = object.__new__(type(original))
    copy.__dict__.update(original.__dict__, **changes)
    return copy
