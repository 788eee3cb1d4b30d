"""Multimodal tracking over layers and neurons, with fixed and with learned width of the surrogate gradient.

Run ``python -m benchmarks.tracking --out DIR``; it goes on where it was interrupted. Results are ``DIR/tracking.csv``,
one line a training, and ``DIR/tracking.png`` in the form of Zanatta et al. 2024, figure 7. Printed are, for each number
of layers, the network with the smallest median loss, and how the losses of both kinds compare.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterable
from itertools import product
from pathlib import Path

import numpy as np
from scipy.stats import bootstrap
from tqdm import tqdm

from benchmarks.table import print_tables
from neurosim_rl.analysis.parameters import plot_by_parameters
from neurosim_rl.analysis.saving import make_folder, save_figure
from neurosim_rl.analysis.style import new_figure
from neurosim_rl.errors import RunFolderError
from neurosim_rl.gradient.tracking import TrackingOptions, track
from neurosim_rl.runs.files import writing
from neurosim_rl.settings.grid import parse_seeds

KEYS = ("learn_width", "layers", "neurons", "seed", "epochs", "samples", "steps")
COLUMNS = (*KEYS, "n_parameters", "first_loss", "loss")
TITLES = {"0": "fixed width (SG)", "1": "learned width (LSG)"}
Row = dict[str, str]


def main() -> int:
    """Train what is missing; write the table and the figure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tracking", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--seeds", default="1-5")
    parser.add_argument("--layers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--neurons", type=int, nargs="+", default=[4, 8, 16, 32, 64, 128, 256])
    parser.add_argument("--epochs", type=int, default=TrackingOptions().epochs)
    parser.add_argument("--samples", type=int, default=TrackingOptions().samples)
    parser.add_argument("--steps", type=int, default=TrackingOptions().steps)
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    options = parser.parse_args()
    return print_tables(parser.prog, lambda: tables(_trainings(options), options.out), options.json)


def tables(trainings: list[TrackingOptions], out: Path) -> dict[str, list[dict[str, object]]]:
    """Train what is missing, write the results, draw them, and return them as tables by name."""
    rows = run(out / "tracking.csv", trainings)
    draw(rows, out / "tracking.png")
    return {"best": summary(rows), "learned_against_fixed": comparison(rows)}


def _trainings(options: argparse.Namespace) -> list[TrackingOptions]:
    """Return the trainings that the command line asks for, seed by seed."""
    sizes = {name: getattr(options, name) for name in ("epochs", "samples", "steps")}
    return [
        TrackingOptions(layers, neurons, seed, learn_width=learn_width, **sizes)
        for seed, layers, neurons, learn_width in product(
            parse_seeds(options.seeds), options.layers, options.neurons, (False, True)
        )
    ]


def run(path: Path, trainings: list[TrackingOptions]) -> list[Row]:
    """Return the rows of all trainings; those that the file does not have are made, and added to it."""
    make_folder(path.parent)
    known = {_key(row): row for row in read(path)}
    rows = []
    for training in tqdm(trainings, unit="training", dynamic_ncols=True):
        key = _key(_columns(training))
        if key not in known:
            known[key] = _row(training)
            _write(path, known.values())
        rows.append(known[key])
    return rows


def _columns(training: TrackingOptions) -> Row:
    return {name: str(int(getattr(training, name))) for name in KEYS}


def _key(row: Row) -> tuple[str, ...]:
    return tuple(row[name] for name in KEYS)


def _row(training: TrackingOptions) -> Row:
    tracked = track(training, validate_every=training.epochs)
    losses = {"first_loss": f"{tracked.losses[0]:.6g}", "loss": f"{tracked.losses[-1]:.6g}"}
    return {**_columns(training), "n_parameters": str(tracked.n_parameters), **losses}


def read(path: Path) -> list[Row]:
    """Return the rows of a file; one from before all settings were told says nothing of what it was made with."""
    if not path.exists():
        return []
    try:
        with open(path, newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise RunFolderError(f"{path} has columns {reader.fieldnames}; expected {list(COLUMNS)}. Move it away.")
            rows = list(reader)
        for row in rows:
            [float(row[name]) for name in COLUMNS]
    except (OSError, ValueError, TypeError) as error:  # not text, no number, or too few of them
        raise RunFolderError(f"{path} cannot be read: {error}. Move it away.") from error
    return rows


def _write(path: Path, rows: Iterable[Row]) -> None:
    """Write the file, whole or not at all."""
    with writing(path) as temporary, open(temporary, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)


def summary(rows: list[Row]) -> list[dict[str, object]]:
    """Return the smallest median loss of each kind and number of layers, and its network."""
    found = []
    for kind, layers in product(TITLES, sorted({int(row["layers"]) for row in rows})):
        points = _points(rows, kind).get(layers, [])
        if points:
            n_parameters, losses = min(points, key=lambda point: float(np.median(point[1])))
            low, median, high = np.percentile(losses, (25, 50, 75))
            found.append(
                {
                    "surrogate": TITLES[kind],
                    "layers": layers,
                    "parameters of the best": n_parameters,
                    "median loss": f"{median:.4g}",
                    "quartiles": f"{low:.4g} to {high:.4g}",
                    "seeds": len(losses),
                }
            )
    return found


def comparison(rows: list[Row]) -> list[dict[str, object]]:
    """Return the median ratio of the losses with learned and with fixed width, all else the same, by layers.

    With its 95 % interval (percentile bootstrap over pairs of trainings).
    """
    found = []
    fixed, learned = (
        {_key(row)[1:]: float(row["loss"]) for row in rows if row["learn_width"] == kind} for kind in TITLES
    )
    for layers in sorted({int(row["layers"]) for row in rows}):
        ratios = np.array([learned[k] / fixed[k] for k in fixed if k in learned and int(k[0]) == layers])
        if len(ratios) > 1:
            interval = bootstrap((ratios,), np.median, method="percentile", rng=1).confidence_interval
            found.append(
                {
                    "layers": layers,
                    "loss, learned / fixed": f"{np.median(ratios):.3f}",
                    "95 % interval": f"{interval.low:.3f} to {interval.high:.3f}",
                    "pairs": len(ratios),
                }
            )
    return found


def _points(rows: list[Row], kind: str) -> dict[int, list[tuple[int, np.ndarray]]]:
    losses: dict[tuple[int, int], list[float]] = {}
    for row in rows:
        if row["learn_width"] == kind:
            losses.setdefault((int(row["layers"]), int(row["n_parameters"])), []).append(float(row["loss"]))
    points: dict[int, list[tuple[int, np.ndarray]]] = {}
    for (layers, n_parameters), values in losses.items():
        points.setdefault(layers, []).append((n_parameters, np.array(values)))
    return points


def draw(rows: list[Row], path: Path) -> Path:
    """Draw losses against parameters, fixed width at the left, learned width at the right."""
    figure = new_figure(10.0, 3.8)
    for ax, (kind, title) in zip(figure.subplots(1, 2, sharey=True), TITLES.items(), strict=True):
        plot_by_parameters(_points(rows, kind), "validation loss\n(mean squared error)", ax=ax)
        ax.set_title(title)
        ax.set_yscale("log")
    return save_figure(figure, path)


if __name__ == "__main__":
    sys.exit(main())
