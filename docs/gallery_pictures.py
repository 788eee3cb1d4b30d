"""Pictures of the shipped champions for the gallery: ``python -m docs.gallery_pictures DIR [NAME ...]``.

A champion's pictures are in a folder with the digest of its file and are made once: a changed champion has a new
folder. A picture that needs an extra that is missing, or a driver to draw, is left out.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from matplotlib.figure import Figure
from PIL import Image

from neurosim_rl.analysis import draw_raster
from neurosim_rl.analysis.actions import plot_actions
from neurosim_rl.analysis.style import new_figure
from neurosim_rl.environments.pictures import drawn_small, steps_per_s
from neurosim_rl.errors import NeurosimError
from neurosim_rl.evaluation.response_map import response_map
from neurosim_rl.reports.film_pictures import FilmTimes, environment_pictures, scaled
from neurosim_rl.reports.kept_response_map import HELD_WINDOWS, map_bounds
from neurosim_rl.reports.network_figures import weights_figure
from neurosim_rl.reports.subject import DoesNotApply, Subject
from neurosim_rl.runs.champion import shipped_champions
from neurosim_rl.runs.files import writing
from neurosim_rl.settings.named_modules import CHAMPION

ROOT = Path(__file__).parents[1]
LOOK = 2
"""Version of the pictures: a change of it makes all of them anew."""
FILM, STILL, RASTER, RESPONSES, WEIGHTS = "film.gif", "still.png", "raster.png", "responses.png", "weights.png"
COMPLETE = "complete"
"""Empty file in a folder that has all pictures that its champion can have."""
WIDTH_PX = 200
MOST_PICTURES = 24
FILM_S = 4.0
"""Time of the environment that a film shows, in s."""
MOST_STEPS = 120
"""Environment steps of a raster."""
GRID = 24
"""Cells on each axis of a response map."""
MOST_MAPS = 4
"""Dimensions of an action with a response map; of more, the first ones."""
DPI = 80
COLOURS = 64


def champion_folder(folder: Path, name: str, path: Path) -> Path:
    """Return the folder of a champion's pictures."""
    digest = hashlib.sha256(path.read_bytes() + str(LOOK).encode()).hexdigest()
    return folder / f"{name}-{digest[:12]}"


def pictures_of_champions(folder: Path) -> dict[str, dict[str, Path]]:
    """Return the pictures that there are, by champion and by name."""
    found = {}
    for name, path in shipped_champions().items():
        own = champion_folder(folder, name, path)
        found[name] = {file.name: file for file in sorted(own.glob("*.*"))} if own.is_dir() else {}
    return found


def make_all(folder: Path, n_processes: int) -> None:
    """Make the pictures that are missing, in some processes, and remove those of champions that are gone."""
    wanted = {name: champion_folder(folder, name, path) for name, path in shipped_champions().items()}
    for old in folder.glob("*"):
        if old not in wanted.values():
            shutil.rmtree(old)
    missing = [name for name, own in wanted.items() if not (own / COMPLETE).exists()]
    shares = [missing[k::n_processes] for k in range(n_processes) if missing[k::n_processes]]
    command = [sys.executable, "-m", "docs.gallery_pictures", str(folder)]
    started = [subprocess.Popen([*command, *share], cwd=ROOT) for share in shares]
    if any([process.wait() for process in started]):
        raise RuntimeError("the gallery's pictures: a process failed; see above")


def make_pictures(own: Path, name: str) -> dict[str, str]:
    """Make a champion's pictures that are missing; return the reasons of those that cannot be made here."""
    reasons: dict[str, str] = {}
    subject = Subject.of(f"{CHAMPION}{name}")
    own.mkdir(parents=True, exist_ok=True)
    for files, make in PICTURES.items():
        if all((own / file).exists() for file in files):
            continue
        try:
            made = make(subject)
        except DoesNotApply:
            continue
        except NeurosimError as reason:
            reasons |= dict.fromkeys(files, str(reason))
            continue
        for file, content in made.items():
            with writing(own / file) as temporary:
                temporary.write_bytes(content)
    if not reasons and not (own / COMPLETE).exists():
        (own / COMPLETE).touch()
    return reasons


def _film(subject: Subject) -> Mapping[str, bytes]:
    """Return a small film of the environment, and its picture in the middle."""
    options, recording, trial = drawn_small(subject.config.environment, WIDTH_PX), subject.recording, subject.trial
    rate = steps_per_s(options)
    n_steps = min(int(recording.episode_lengths[trial, 0]), max(MOST_PICTURES, round(FILM_S * rate)))
    every = -(-n_steps // MOST_PICTURES)
    shown = environment_pictures(options, recording, trial, FilmTimes.of((0, n_steps), every))
    images = []
    for picture in shown:
        height = round(picture.shape[0] * WIDTH_PX / picture.shape[1])
        images.append(Image.fromarray(scaled(picture, (WIDTH_PX, height))))
    palette = images[len(images) // 2].quantize(COLOURS)
    coloured = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]
    each_ms = max(20, round(100 * every / rate) * 10)
    film, still = io.BytesIO(), io.BytesIO()
    coloured[0].save(film, "GIF", save_all=True, append_images=coloured[1:], duration=each_ms, loop=0)
    coloured[len(coloured) // 2].save(still, "PNG", optimize=True)
    return {FILM: film.getvalue(), STILL: still.getvalue()}


def _raster(subject: Subject) -> Mapping[str, bytes]:
    """Return the spikes of a part of an episode; a policy without neurons has no such picture."""
    n_steps = int(subject.recording.lengths[subject.trial])
    figure = draw_raster(
        subject.recording,
        subject.network,
        subject.labels,
        window_ms=subject.config.window_ms,
        observed=subject.shown_variables,
        episode=subject.trial,
        steps=(0, min(n_steps, MOST_STEPS)),
    )
    return {RASTER: _png(figure)}


def _responses(subject: Subject) -> Mapping[str, bytes]:
    """Return the action over two observed variables, with fewer cells than the response map of a report."""
    labels, recording = subject.labels, subject.recording
    made = response_map(
        subject.optimizee,
        subject.finished_champion.vector,
        n_grid=GRID,
        n_windows=HELD_WINDOWS,
        bounds=map_bounds(subject.optimizee, recording.traces.observations),
    )
    n_maps = 1 if labels.discrete else min(len(labels.actions), MOST_MAPS)
    columns = min(n_maps, 2)
    rows = -(-n_maps // columns)
    figure = new_figure(1.0 + 4.0 * columns, 0.2 + 2.6 * rows)
    path, taken = recording.first_path(subject.trial), recording.first_actions(subject.trial)
    for dimension in range(n_maps):
        ax = figure.add_subplot(rows, columns, dimension + 1)
        plot_actions(made, labels, dimension=dimension, trajectory=path, taken=taken, ax=ax)
    return {RESPONSES: _png(figure)}


def _weights(subject: Subject) -> Mapping[str, bytes]:
    """Return the weight matrices."""
    return {WEIGHTS: _png(weights_figure(subject))}


PICTURES: dict[tuple[str, ...], Callable[[Subject], Mapping[str, bytes]]] = {
    (STILL, FILM): _film,
    (RASTER,): _raster,
    (RESPONSES,): _responses,
    (WEIGHTS,): _weights,
}


def _png(figure: Figure) -> bytes:
    """Return a figure as PNG with few colours, which is small."""
    content, small = io.BytesIO(), io.BytesIO()
    figure.savefig(content, dpi=DPI, format="png")
    content.seek(0)
    image = Image.open(content).convert("RGB")
    image.quantize(256, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
    return small.getvalue()


def main(folder: Path, names: Iterable[str]) -> int:
    """Make the pictures of some champions, or of all; print what cannot be made."""
    paths = shipped_champions()
    lacking: dict[str, set[str]] = {}
    for name in names or paths:
        for reason in make_pictures(champion_folder(folder, name, paths[name]), name).values():
            lacking.setdefault(reason, set()).add(name)
    for reason, without in lacking.items():
        print(f"fewer pictures of {', '.join(sorted(without))}: {reason}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    raise SystemExit(main(Path(sys.argv[1]), sys.argv[2:]))
