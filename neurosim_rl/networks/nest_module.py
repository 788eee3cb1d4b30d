"""Extension modules of NEST, as data: compiled models of the user's own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NestModule:
    """A compiled module that NEST installs after each reset of its kernel.

    Parameters
    ----------
    name : str
        As a configuration names it.
    path : str
        File of the shared library; or of a model in NESTML, which is built when NEST first installs it.
    deterministic : tuple of str
        Its models that draw no random numbers; networks of the others play alone in their kernel.
    """

    name: str
    path: str
    deterministic: tuple[str, ...] = ()

    @property
    def is_source(self) -> bool:
        """Whether the path is that of a model in NESTML."""
        return self.path.endswith(".nestml")
