"""Many runs side by side, as a data frame."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim_rl.errors import ConfigurationError

if TYPE_CHECKING:
    import pandas as pd


def compare(runs: Any) -> pd.DataFrame:
    """Return one row a run: setting, seed, state, best fitness, mean return on unseen starts with its interval.

    Parameters
    ----------
    runs : Run, path, or iterable of these
        Run folders, or folders of runs. Runs that cannot be read have the state ``damaged`` and say why.

    Returns
    -------
    pandas.DataFrame
        The column ``setting`` has what differs between the runs, apart from the seed; ``solved`` is None where the task
        does not define it.

    Raises
    ------
    RunFolderError
        For a folder without any run.

    Examples
    --------
    >>> nrl.compare(["runs/a", "runs/b"]).groupby("setting").mean_return.median()  # doctest: +SKIP
    """
    import pandas as pd

    from neurosim_rl.comparison.groups import group_runs

    is_one = isinstance(runs, str | Path) or not isinstance(runs, Iterable)
    targets = [Path(run) for run in ([runs] if is_one else runs)]
    if not targets:
        raise ConfigurationError("no run to compare: expected at least one run or folder.")
    rows = [result.table() for group in group_runs(targets) for result in group.runs]
    frame = pd.DataFrame(rows)
    frame.attrs["units"] = {"mean_return": "sum of rewards of an episode"}
    return frame
