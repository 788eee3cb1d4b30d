"""An array over time, with a name and a unit for each column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim_rl.settings.checks import lookup

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class TimeSeries:
    """An array over time; NumPy and Matplotlib take it as an array.

    Parameters
    ----------
    values : array, shape (n_times, n_columns)
    time_ms : array, shape (n_times,)
        Simulated time since the network was built, in ms.
    names : tuple of str
        Of each column.
    units : tuple of str
        Of each column; ``"1"`` where it has none.

    Examples
    --------
    >>> replay.observations["pole angle"].max()  # doctest: +SKIP
    """

    values: np.ndarray
    time_ms: np.ndarray
    names: tuple[str, ...]
    units: tuple[str, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Times and columns."""
        return self.values.shape

    def __len__(self) -> int:
        """Return the number of times."""
        return len(self.values)

    def __getitem__(self, key: Any) -> np.ndarray:
        """Return a column by its name, shape (n_times,), or any part by NumPy's indices.

        Raises
        ------
        UnknownNameError
            For an unknown name, with the nearest match.
        """
        if isinstance(key, str):
            columns = {name: number for number, name in enumerate(self.names)}
            return self.values[:, lookup("column", key, columns)]
        return self.values[key]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """Return the values, for NumPy."""
        return np.array(self.values, dtype=dtype, copy=copy)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a time, a column each; ``frame.attrs["units"]`` has the units (pandas)."""
        import pandas as pd

        frame = pd.DataFrame(self.values, columns=list(self.names), index=pd.Index(self.time_ms, name="time_ms"))
        frame.attrs["units"] = dict(zip(self.names, self.units, strict=True))
        return frame

    def __repr__(self) -> str:
        """Return one line."""
        columns = [f"{name} ({unit})" for name, unit in zip(self.names, self.units, strict=True)]
        shown = ", ".join(columns[:4]) + (", ..." if len(columns) > 4 else "")
        return f"<TimeSeries {self.values.shape[0]} x {self.values.shape[1]}: {shown}>"


def name_and_unit(label: str) -> tuple[str, str]:
    """Return the two parts of a label such as ``"pole angle (rad)"``; the unit ``"1"`` where it has none.

    Examples
    --------
    >>> name_and_unit("pole angle (rad)")
    ('pole angle', 'rad')
    """
    name, opened, unit = label.rpartition(" (")
    if not opened or not unit.endswith(")"):
        return label, "1"
    return name, unit[:-1]


def labelled(values: np.ndarray, time_ms: np.ndarray, labels: tuple[str, ...]) -> TimeSeries:
    """Return a series with columns named by labels, which may end with a unit."""
    pairs = [name_and_unit(label) for label in labels]
    names, units = zip(*pairs, strict=True) if pairs else ((), ())
    return TimeSeries(values, time_ms, names, units)
