"""Measures that users bring: one number of a run or champion each, beside the measures of the package."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from neurosim_rl.errors import EvaluationError
from neurosim_rl.reports.subject import DoesNotApply, Subject
from neurosim_rl.settings.registry import Registry


@dataclass(frozen=True)
class OwnMeasure:
    """A measure of the user's.

    Parameters
    ----------
    compute : callable
        Returns the number of a subject, or raises `DoesNotApply` with the reason.
    unit : str
        Unit of the number; empty: none.
    """

    compute: Callable[[Subject], float]
    unit: str = ""

    @property
    def description(self) -> str:
        """The first line of the function's docstring."""
        return (self.compute.__doc__ or "").strip().partition("\n")[0]


OWN_MEASURES: Registry[OwnMeasure] = Registry("measure", object, {}, OwnMeasure)
"""Measures by name. The package has none of these: its own are `neurosim_rl.measures.measures.Measures`."""


def own_measures(subject: Subject) -> dict[str, float]:
    """Return each measure that applies to a subject, by name.

    Raises
    ------
    EvaluationError
        When a measure gives no number.
    """
    found = {}
    for name, measure in OWN_MEASURES.items():
        try:
            value = measure.compute(subject)
        except DoesNotApply:
            continue
        try:
            found[name] = float(value)
        except (TypeError, ValueError) as error:
            raise EvaluationError(
                f"measure {name!r} of {measure.compute.__module__} gave {value!r}; expected a number."
            ) from error
    return found


def own_measures_text(values: dict[str, float]) -> str:
    """Return a line for each measure: name, value, unit, description."""
    lines = []
    for name, value in values.items():
        measure = OWN_MEASURES[name]
        lines.append(f"{name}: {value:.6g} {measure.unit}".rstrip() + f"  ({measure.description})")
    return "\n".join(lines)
