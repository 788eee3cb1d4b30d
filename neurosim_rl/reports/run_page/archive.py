"""The archive of the report: a map of the elites of MAP-Elites, in which a click plays how one moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import Normalize, to_hex

from neurosim_rl.analysis.archive import NO_ELITE, elites_of_cells
from neurosim_rl.analysis.page.markup import Markup, element, paragraph, section
from neurosim_rl.analysis.page.packing import rounded
from neurosim_rl.analysis.style import SEQUENTIAL
from neurosim_rl.environments.pictures import drawn_small, steps_per_s
from neurosim_rl.errors import NeurosimError
from neurosim_rl.evaluation.replay import record
from neurosim_rl.optimizers.map_elites import DESCRIPTORS
from neurosim_rl.records.history import History
from neurosim_rl.reports.film_pictures import FilmTimes, environment_pictures
from neurosim_rl.reports.run_page.film import LEAST_MS, MOST_MS, picture_uri
from neurosim_rl.reports.run_page.widget import Widget, controls_place
from neurosim_rl.reports.subject import DoesNotApply, Subject
from neurosim_rl.seeds import DEFAULT_FIRST_SEED

MOST_FILMS = 40
"""Cells with a film; of more cells, those of some elites from the best to the worst."""
MOST_PICTURES = 24
"""Pictures of a film."""
MOST_STEPS = 200
"""Environment steps of a film: some cycles of a movement."""
WIDTH_PX = 200
QUALITY = 45
MOST_CHARACTERS = 2_000_000
"""Size of all films in the page; when it is reached, further elites have none."""


@dataclass(frozen=True)
class Elite:
    """The best individual of a cell of the map.

    Parameters
    ----------
    column, row : int
        Cell along the first and the second descriptor, from 0.
    number : int
        Number of the individual in the history.
    """

    column: int
    row: int
    number: int


def archive_widget(subject: Subject) -> Widget:
    """Return the elites over the first two descriptors, and a film of some of them.

    Raises
    ------
    DoesNotApply
        When the run had no optimizer with an archive, or its archive is empty.
    """
    history, optimizer = subject.run_history, subject.config.optimizer
    if not history.behaviour.shape[1] or "cells" not in optimizer.values():
        raise DoesNotApply("the run had no optimizer with an archive, such as map-elites")
    cells = [int(n) for n in optimizer.cells]
    fitness = np.where(history.failure == "", history.fitness, np.nan)
    elites = best_of_columns(elites_of_cells(history.behaviour, fitness, DESCRIPTORS, cells), fitness)
    if not elites:
        raise DoesNotApply("no individual has a cell of the archive")
    films, problem = _films(subject, elites)
    entries = [_entry(history, fitness, elite, films.get(elite.number)) for elite in elites]
    each_ms = float(np.clip(1000 * _every(subject) / steps_per_s(subject.config.environment), LEAST_MS, MOST_MS))
    n_elites = int((elites_of_cells(history.behaviour, fitness, DESCRIPTORS, cells) != NO_ELITE).sum())
    words = (
        f"{n_elites} of {np.prod(cells)} cells have an elite; a field shows the best one along {DESCRIPTORS[2][0]}. "
        "Choose a field by a click or by the arrow keys: a dot says that its film can be played."
    )
    parts: list[Markup] = [
        paragraph(words, kind="note"),
        element("div", _grid(elites, entries, cells), _film_place(subject), class_="pair"),
    ]
    if problem:
        parts.append(paragraph(problem, kind="note"))
    content = section("archive", "Archive", *parts)
    return Widget(content, data={"archive": {"elites": entries, "eachMs": round(each_ms)}})


def best_of_columns(elites: np.ndarray, fitness: np.ndarray) -> list[Elite]:
    """Return the best elite along the further descriptors of each cell of the first two, the lowest row first.

    Parameters
    ----------
    elites : int array, shape (n_columns, n_rows, ...)
        See `elites_of_cells`.
    fitness : array, shape (n_individuals,)
    """
    found = []
    for row in range(elites.shape[1]):
        for column in range(elites.shape[0]):
            numbers = elites[column, row].ravel()
            numbers = numbers[numbers != NO_ELITE]
            if len(numbers):
                found.append(Elite(column, row, int(numbers[np.argmax(fitness[numbers])])))
    return found


def chosen_elites(elites: Sequence[Elite], fitness: np.ndarray) -> list[Elite]:
    """Return up to `MOST_FILMS` elites, from the best to the worst at equal distances in rank."""
    ranked = sorted(elites, key=lambda elite: -fitness[elite.number])
    if len(ranked) <= MOST_FILMS:
        return ranked
    places = np.round(np.linspace(0, len(ranked) - 1, MOST_FILMS)).astype(int)
    return [ranked[k] for k in places]


def _every(subject: Subject) -> int:
    """Return the environment steps from one picture of a film to the next."""
    return -(-min(MOST_STEPS, subject.optimizee.environment.step_limit) // MOST_PICTURES)


def _films(subject: Subject, elites: Sequence[Elite]) -> tuple[dict[int, dict[str, Any]], str]:
    """Return the films of some elites by the number of the individual, and why there are no more."""
    history = subject.run_history
    fitness = history.fitness
    films: dict[int, dict[str, Any]] = {}
    n_characters = 0
    for elite in chosen_elites(elites, fitness):
        try:
            film = _film(subject, history.genomes[elite.number])
        except NeurosimError as error:
            return films, f"No further films: {error}"
        n_characters += sum(map(len, film["frames"]))
        if n_characters > MOST_CHARACTERS:
            return films, f"{len(films)} of {len(elites)} fields have a film: more would make the page too large."
        films[elite.number] = film
    return films, ""


def _film(subject: Subject, genome: np.ndarray) -> dict[str, Any]:
    """Return the pictures of an elite's episode, up to `MOST_STEPS`, and the sum of its rewards."""
    played = record(subject.optimizee, genome, [DEFAULT_FIRST_SEED], max_steps=MOST_STEPS)
    n_steps = int(played.episode_lengths[0, 0])
    times = FilmTimes.of((0, n_steps), _every(subject))
    shown = environment_pictures(drawn_small(subject.config.environment, WIDTH_PX), played, 0, times)
    frames = [picture_uri(picture, WIDTH_PX, QUALITY) for picture in shown]
    return {
        "frames": frames,
        "steps": times.done,
        "rewards": float(played.traces.rewards[0, :n_steps].sum()),
        "nSteps": n_steps,
    }


def _entry(history: History, fitness: np.ndarray, elite: Elite, film: dict[str, Any] | None) -> dict[str, Any]:
    """Return what the page says of an elite: its place, its numbers, and its film."""
    behaviour = history.behaviour[elite.number]
    lines = [
        f"fitness {fitness[elite.number]:.4g}",
        *(f"{name}: {value:.3g}" for (name, _, _), value in zip(DESCRIPTORS, behaviour, strict=True)),
        f"generation {int(history.generation[elite.number]) + 1}, individual {int(history.individual[elite.number])}",
    ]
    if film is not None:
        lines.append(f"film: start seed {DEFAULT_FIRST_SEED}, {film['nSteps']} steps, rewards {film['rewards']:.4g}")
    entry: dict[str, Any] = {"column": elite.column, "row": elite.row, "lines": lines, "fitness": None}
    entry["fitness"] = rounded(fitness[[elite.number]], 5)[0]
    return entry if film is None else {**entry, "frames": film["frames"], "steps": film["steps"]}


def _grid(elites: Sequence[Elite], entries: Sequence[dict[str, Any]], cells: Sequence[int]) -> Markup:
    """Return the map: a table of buttons, the first row at the bottom, and the scale of its colours."""
    values = [entry["fitness"] for entry in entries]
    scale = Normalize(min(values), max(values))
    numbers = {(elite.column, elite.row): k for k, elite in enumerate(elites)}
    rows = []
    for row in reversed(range(cells[1])):
        heading = element("th", f"{_edge(1, row, cells[1]):.3g}", scope="row")
        fields = [_field(numbers.get((column, row)), entries, scale) for column in range(cells[0])]
        rows.append(element("tr", heading, *fields))
    edges = [element("th", f"{_edge(0, column, cells[0]):.2g}", scope="col") for column in range(cells[0])]
    rows.append(element("tr", element("td", ""), *edges))
    (x_name, *_), (y_name, *_) = DESCRIPTORS[:2]
    caption = element("caption", f"{y_name} up, {x_name} to the right; numbers are the lower edges of the fields")
    table = element("table", caption, element("tbody", *rows), id="archive-map", class_="archive")
    ends = f"Colours: fitness from {min(values):.4g} (dark) to {max(values):.4g} (light)."
    return element("div", element("div", table, class_="scroll"), paragraph(ends, kind="note"))


def _edge(axis: int, k: int, n: int) -> float:
    _, low, high = DESCRIPTORS[axis]
    return low + (high - low) * k / n


def _field(number: int | None, entries: Sequence[dict[str, Any]], scale: Normalize) -> Markup:
    """Return a field of the map: a button where there is an elite."""
    if number is None:
        return element("td", "")
    entry = entries[number]
    red, green, blue, _ = colormaps[SEQUENTIAL](scale(entry["fitness"]))
    is_light = 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.5
    name = "; ".join(entry["lines"]) + ("" if "frames" in entry else "; no film")
    style = f"background: {to_hex((red, green, blue))}; color: {'#000000' if is_light else '#ffffff'}"
    mark = "\u25cf" if "frames" in entry else ""
    button = element(
        "button", mark, type="button", style=style, aria_label=name, data_elite=number, tabindex=-1, title=name
    )
    return element("td", button)


def _film_place(subject: Subject) -> Markup:
    name = f"Picture of {subject.config.environment.id}, played by the chosen elite"
    blank = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
    picture = element("img", id="archive-picture", alt=name, src=blank)
    details = element("ul", id="archive-words", aria_live="polite")
    figure = element("figure", picture, class_="film")
    return element("div", figure, controls_place("archive-controls", "Player of the archive"), details)
