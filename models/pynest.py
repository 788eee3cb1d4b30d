"""Networks that a user's function makes in PyNEST."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from inspect import signature
from typing import Any, ClassVar

import numpy as np

from neurosim_rl.errors import ConfigurationError, NetworkError
from neurosim_rl.models.spiking import SpikingModel
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import EDGE, SIGN, VALUE, Genome, Parameter, ParameterSpace
from neurosim_rl.networks.sharing import sharing_arrays
from neurosim_rl.networks.unchecked import copy_unchecked
from neurosim_rl.seeds import Purpose, stream
from neurosim_rl.settings.checks import unknown_name
from neurosim_rl.settings.frozen_table import plain
from neurosim_rl.settings.options import option
from neurosim_rl.settings.user_function import user_function

MOST_KEPT = 256
"""Number of networks that a model remembers, so that one genome's function is called once."""
_KEYS = ("shape", "low", "high", "unit", "initial", "kind")
_FITTING = ("n_inputs", "n_outputs", "spiking_input")

DOES = "The function gets nest, the genome and a random generator, and returns the nodes for input and output."
"""What a function of the user's does, for messages."""


@dataclass(frozen=True)
class PyNEST(SpikingModel):
    """A network that a function of yours makes: ``build(nest, genome, rng) -> inputs, outputs``.

    The function gets the module ``nest``, with an empty kernel that has the run's resolution; the genome, a dictionary
    of arrays; and a NumPy generator. It creates and connects nodes with whatever PyNEST has (connection rules,
    distributions, spatial layers, receptor types, gap junctions, generators), and returns the nodes that receive the
    encoder's drive and the nodes whose spikes the decoder counts: a ``NodeCollection`` each, or a list of them. A
    dictionary of nodes may follow, which names populations for figures. The function does not reset the kernel,
    and does not simulate. Arguments named ``n_inputs``, ``n_outputs`` and ``spiking_input`` get the sizes of the
    bridge, and whether the encoder gives spikes.

    It is called once for each genome. The network is read back as data: a batch then holds many of them, and the
    compiled simulator plays them if it has their models. What data cannot express is made by a call of the function for
    each batch element, in NEST (``play``). NEST's random numbers and the generator have the seed ``wiring_seed``.

    Source: the user's; PyNEST: Eppler et al. 2009, Front. Neuroinform. 2:12.

    Genome
    ------
    Declared by an attribute of the function, ``build.genes = {"weights": {"shape": [8, 2], "low": -200.0, "high":
    200.0, "unit": "pA"}}``, by a function of ``n_inputs`` and ``n_outputs`` that returns such a table, or by the option
    ``genes``. Other keys: ``initial``, the interval of first values (default: the bounds); ``kind``, ``value``,
    ``edge`` or ``sign``. ``read_in`` and ``readout`` follow, if the encoder or the decoder needs them.
    """

    build: str = option("", "function that makes the network: module:function, such as my_net:build")
    genes: dict = option({}, "tables of the genome's arrays by name; empty = those that the function declares")
    arguments: dict = option({}, "keyword arguments of the function")
    draws: str = option(
        "same", "random connections and values: the same for all genomes, or others", choices=("same", "genome")
    )
    wiring_seed: int = option(1, "seed of the function's random numbers, independent of the run's seed", low=0)
    play: str = option(
        "auto",
        "data = read the network back, or raise; call = call the function for each element; auto = data if possible",
        choices=("auto", "data", "call"),
    )
    _kept: dict = field(init=False, repr=False, compare=False, default_factory=dict)

    sized_names: ClassVar[tuple[str, ...]] = ("genes",)
    networks_differ: ClassVar[bool] = True

    @cached_property
    def function(self) -> Callable[..., Any]:
        """The user's function."""
        return user_function("model", "build", self.build, DOES)

    @property
    def sizes_from_task(self) -> dict[str, Any]:
        """The genes that the function declares."""
        return {"genes": self.genes or self._declared}

    @cached_property
    def parameters(self) -> ParameterSpace:
        """The genes, and those of encoder and decoder."""
        table = self.genes or self._declared
        parameters = [_parameter(str(name), entry) for name, entry in table.items()]
        return ParameterSpace(*parameters, *self._bridge_parameters)

    @cached_property
    def _declared(self) -> Mapping[str, Any]:
        declared = getattr(self.function, "genes", None)
        if callable(declared):
            declared = declared(self.n_inputs, self.n_outputs)
        if not isinstance(declared, Mapping) or not declared:
            raise ConfigurationError(
                f"model.build = {self.build!r} declares no genes. Set an attribute of the function, such as "
                f"{self.build.rpartition(':')[2]}.genes = {{'weights': {{'shape': [8, 2], 'low': -200.0, 'high': "
                "200.0, 'unit': 'pA'}}, or model.genes."
            )
        return dict(plain(declared))

    def network(self, genome: Genome) -> Network:
        """Return the network that the function makes of a genome."""
        vector = self.parameters.to_vector({p.name: genome[p.name] for p in self.parameters.parameters})
        key = vector.tobytes()
        if key not in self._kept:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[key] = self._made(genome, key)
        return self._kept[key]

    def _made(self, genome: Genome, key: bytes) -> Network:
        bridge = [p.name for p in self._bridge_parameters]
        own = {p.name: genome[p.name] for p in self.parameters.parameters if p.name not in bridge}
        network = Network.from_pynest(
            self.function,
            own,
            name=self.build,
            seed=self._seed(key),
            resolution_ms=self.resolution_ms,
            arguments={**self._fitting_arguments, **plain(self.arguments)},
            how=self.play,
            nest_modules=self.nest_modules,
        )
        self._check_fits(network)
        network = sharing_arrays(network, next(iter(self._kept.values()), None))
        return copy_unchecked(network, **self._bridge_weights(genome))

    def _seed(self, key: bytes) -> np.random.SeedSequence:
        if self.draws == "same":
            return stream(self.wiring_seed, Purpose.WIRING, 0)
        digest = np.frombuffer(hashlib.sha256(key).digest(), np.uint32)
        return stream(self.wiring_seed, Purpose.WIRING, 1, *digest.tolist())

    @cached_property
    def _fitting_arguments(self) -> dict[str, int]:
        """Sizes of the bridge, and whether inputs get spikes, for a function that has arguments of these names."""
        known = signature(self.function).parameters
        return {name: getattr(self, name) for name in _FITTING if name in known}

    def _check_fits(self, network: Network) -> None:
        """Raise unless the network fits between encoder and decoder.

        Raises
        ------
        NetworkError
        """
        for role, found, wanted, part in (
            ("inputs", network.n_inputs, self.n_inputs, "encoder"),
            ("outputs", network.n_outputs, self.n_outputs, "decoder"),
        ):
            if found != wanted:
                raise NetworkError(
                    f"{self.build} returned {found} {role}; expected {wanted}, those of the {part}. Give the function "
                    f"an argument n_{role}, or change the {part}."
                )
        if network.is_driven_by_spikes != self.spiking_input:
            gives, wants = ("spikes", "spike_generators") if self.spiking_input else ("currents", "neurons with I_e")
            raise NetworkError(
                f"{self.build} returned inputs that the encoder cannot drive: it gives {gives}; expected {wants}. "
                "Return such nodes, or use another encoder; a function with an argument spiking_input is told which."
            )


def _parameter(name: str, entry: Any) -> Parameter:
    """Return the parameter of a gene's table.

    Raises
    ------
    ConfigurationError, UnknownNameError
        For a table without bounds, with an unknown key, or with values of other types.
    """
    if isinstance(entry, Parameter):
        return entry
    if not isinstance(entry, Mapping) or not {"low", "high"} <= set(entry):
        raise ConfigurationError(f"genes.{name} = {entry!r}: expected a table with shape, low, high and unit.")
    for key in entry:
        if key not in _KEYS:
            raise unknown_name(f"key in genes.{name}", str(key), _KEYS)
    if entry.get("kind", VALUE) not in (VALUE, EDGE, SIGN):
        raise unknown_name(f"value for genes.{name}.kind", str(entry["kind"]), (VALUE, EDGE, SIGN))
    shape = entry.get("shape", ())
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    if any(not isinstance(n, int) or n < 1 for n in sizes):
        raise ConfigurationError(f"genes.{name}.shape = {shape!r}: expected whole numbers from 1, such as [8, 2].")
    low, high = float(entry["low"]), float(entry["high"])
    start, stop = entry.get("initial", (low, high))
    return Parameter(
        name,
        sizes,
        low,
        high,
        str(entry.get("unit", "1")),
        (float(start), float(stop)),
        str(entry.get("kind", VALUE)),
    )
