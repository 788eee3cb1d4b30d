"""Projections: synapses from one population to another, as data."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

import numpy as np

from neurosim_rl.errors import NetworkError
from neurosim_rl.networks.synapses import DOPAMINE, STATIC, WITHOUT_DELAY, check_parameters, check_signs
from neurosim_rl.networks.unchecked import copy_unchecked
from neurosim_rl.settings.checks import check_shape, first_non_finite


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
        Synaptic weight, in the unit of the target's model (see `neurosim_rl.networks.units`): pA for models with
        synaptic currents, mV for ``iaf_psc_delta``, nS for models with conductances.
    delay_ms : float array, shape (n_synapses,)
        Synaptic delay in ms, at least one grid step. Synapses of `WITHOUT_DELAY` have none: their entries are ignored.
    synapse : str
        NEST's name of the synapse model. The weights of a plastic model, such as ``stdp_synapse``, are initial weights.
        Each ``gap_junction`` is described once, and acts in both directions.
    parameters : mapping of str to float or array of shape (n_synapses,)
        The synapse model's parameters, with NEST's names and units (see `neurosim_rl.networks.synapses`). Parameters
        without a name here keep NEST's default. Every model has ``receptor_type``, a whole number.
    modulator : str or None
        Name of the population with spikes that release dopamine, for ``stdp_dopamine_synapse`` only. The dopamine
        arrives at all synapses of the projection after the network's smallest delay.
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
        """Check that the arrays have one length and finite numbers; check the parameters."""
        shapes = {np.shape(array) for array in (self.pre, self.post, self.weight_pa, self.delay_ms)}
        if len(shapes) != 1 or np.ndim(self.pre) != 1:
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
        """Name of the projection in messages."""
        return f"projection {self.source!r} -> {self.target!r}"

    @property
    def structure(self) -> tuple[Hashable, ...]:
        """Key that is equal for projections that share all but their weights; see `Network.structure`."""
        parameters = id(self.parameters) if self.parameters else 0
        arrays = id(self.pre), id(self.post), id(self.delay_ms), parameters
        return (self.source, self.target, self.synapse, self.modulator, *arrays)

    def with_weights(self, weight_pa: np.ndarray) -> Projection:
        """Return the same synapses with other weights; everything else is shared, and not checked again."""
        check_shape(f"{self.label}: weight_pa", weight_pa, self.pre.shape)
        self._check_values(weight_pa)
        return copy_unchecked(self, weight_pa=weight_pa)

    def check_weights(self, weight_pa: np.ndarray) -> None:
        """Raise an error unless these are valid weights of the projection, or of several copies of it.

        Parameters
        ----------
        weight_pa : array, shape (n_synapses,) or (n_rows, n_synapses)

        Raises
        ------
        ShapeError
            For another number of synapses.
        NetworkError
            For a weight that is not finite, or does not have the sign of ``Wmax``.
        """
        shape: tuple[int, ...] = (self.n_synapses,)
        if np.ndim(weight_pa) > 1:
            shape = (np.shape(weight_pa)[-2], self.n_synapses)
        check_shape(f"{self.label}: weight_pa", weight_pa, shape)
        self._check_values(weight_pa)

    def _check_values(self, weight_pa: np.ndarray) -> None:
        bad = first_non_finite(weight_pa)
        if bad is not None:
            raise NetworkError(
                f"{self.label}: weight{list(bad)} is {np.asarray(weight_pa)[bad]}; expected a finite number."
            )
        check_signs(self.label, self.synapse, self.parameters, weight_pa)

    @property
    def has_delay(self) -> bool:
        """Whether spikes arrive after a delay; gap junctions act at once."""
        return self.synapse not in WITHOUT_DELAY

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
            Delay of all synapses, in ms.
        synapse, parameters, modulator
            As in :class:`Projection`.
        """
        # Source-major order: np.ravel of the weights, shape (n_source, n_target), runs in the same order.
        n_source, n_target = np.shape(weight_pa)
        pre = np.repeat(np.arange(n_source), n_target)
        post = np.tile(np.arange(n_target), n_source)
        delays = np.full(pre.size, float(delay_ms))
        return cls(source, target, pre, post, np.ravel(weight_pa), delays, synapse, parameters or {}, modulator)

    def __repr__(self) -> str:
        """Return one line."""
        return f"<Projection {self.source!r} -> {self.target!r}: {self.n_synapses} {self.synapse}>"
