"""The gallery: a page for each shipped champion, with its numbers, command, network and pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from docs.extension.rst import contents, escaped, list_table, literal, page, title
from docs.gallery_pictures import (
    FILM,
    GRID,
    MOST_STEPS,
    RASTER,
    RESPONSES,
    STILL,
    WEIGHTS,
    make_all,
    pictures_of_champions,
)
from neurosim_rl.errors import NeurosimError
from neurosim_rl.measures.controllers import controller_of
from neurosim_rl.networks.network import Network
from neurosim_rl.records.unseen_returns import UnseenReturns
from neurosim_rl.runs.champion import ChampionRecord, read_champion, shipped_champions
from neurosim_rl.settings.named_modules import CHAMPION

if TYPE_CHECKING:
    from sphinx.application import Sphinx

FOLDER = "_build/gallery"
"""Folder of the pictures below that of the sources; it is no part of the repository."""
PROCESSES = 2
Pictures = Mapping[str, Mapping[str, Path]]
CAPTIONS = {
    RASTER: f"Spikes in a recorded episode, up to {MOST_STEPS} steps, below an observed variable, actions and rates.",
    RESPONSES: f"The action over two observed variables, on {GRID} times {GRID} cells, from rest, the others fixed. "
    "The path of the recorded episode is drawn where the map holds along it.",
    WEIGHTS: "All weights, with read-in and read-out.",
}
HEADINGS = {RASTER: "Spikes", RESPONSES: "Response map", WEIGHTS: "Network"}


def write_gallery_pictures(app: Sphinx) -> None:
    """Make the pictures that are missing (see `make_all`)."""
    folder = Path(app.srcdir) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    make_all(folder, PROCESSES)


def gallery_pages(pictures: Pictures | None = None) -> dict[str, str]:
    """Return the pages of all champions, and their index, by their path below the folder of the gallery.

    Parameters
    ----------
    pictures : mapping or None
        Files by champion and by name of the picture; None: there are none.
    """
    found = pictures or {}
    pages = {}
    champions = {name: read_champion(f"{CHAMPION}{name}") for name in shipped_champions()}
    for name, champion in champions.items():
        pages[f"{name}.rst"] = champion_page_of_gallery(name, champion, found.get(name, {}))
    pages["index.rst"] = index_page(champions, found)
    return pages


def read_pictures(app: Sphinx) -> Pictures:
    """Return the pictures that there are."""
    return pictures_of_champions(Path(app.srcdir) / FOLDER)


def index_page(champions: Mapping[str, ChampionRecord], pictures: Pictures) -> str:
    """Return a grid of all champions, by task: a picture, the kind of controller, and the mean return."""
    explanation = (
        f"{len(champions)} champions come with the package: ``neurosim-rl show champion:hopper``. Each has a page with "
        "its numbers, the command that made it, its network, spikes and response map. The pages are made when the site "
        "is built, of the files in ``models/champions``."
    )
    blocks = [title("Gallery of champions"), explanation]
    by_task: dict[str, list[str]] = {}
    for name, champion in champions.items():
        by_task.setdefault(champion.config.task, []).append(name)
    for task, names in sorted(by_task.items()):
        cards = [_card(name, champions[name], pictures.get(name, {})) for name in names]
        blocks += [title(task, "-"), ".. grid:: 2 2 3 4\n   :gutter: 2\n\n" + "\n\n".join(cards)]
    hidden = contents(champions).replace(":maxdepth: 1", ":hidden:")
    return page(*blocks, hidden)


def _card(name: str, champion: ChampionRecord, pictures: Mapping[str, Path]) -> str:
    lines = [f".. grid-item-card:: {name}", f"   :link: {name}", "   :link-type: doc"]
    picture = pictures.get(STILL) or pictures.get(RASTER)
    if picture is not None:
        lines += [f"   :img-top: {_address(picture)}", f"   :img-alt: {picture_text(name, champion)}"]
    lines += ["", f"   {kind_of(champion)}: {champion.unseen.mean_return:.4g}"]
    return "\n".join(f"   {line}".rstrip() for line in lines)


def _address(picture: Path) -> str:
    """Return the address of a picture within the sources of the site."""
    return f"/{FOLDER}/{picture.parent.name}/{picture.name}"


def picture_text(name: str, champion: ChampionRecord) -> str:
    """Return what the picture of a champion shows, for those who do not see it."""
    return f"{champion.config.environment.id}, controlled by {name}"


def kind_of(champion: ChampionRecord) -> str:
    """Return the kind of a champion's controller, or its model where the task needs an extra that is missing."""
    try:
        return controller_of(champion)
    except NeurosimError:
        return champion.config.model.name


def champion_page_of_gallery(name: str, champion: ChampionRecord, pictures: Mapping[str, Path]) -> str:
    """Return the page of a champion."""
    config, run = champion.config, literal(f"{CHAMPION}{name}")
    blocks = [
        title(name),
        f"{_capitalised(kind_of(champion))} for the task :doc:`/generated/parts/task/{config.task}` "
        f"({escaped(config.environment.id)}), "
        f"model :doc:`/generated/parts/model/{config.model.name}`. In commands and in Python it is {run}.",
    ]
    if FILM in pictures:
        text = picture_text(name, champion)
        blocks.append(f".. image:: {_address(pictures[FILM])}\n   :class: film\n   :alt: {text}")
    blocks += [title("Numbers", "-"), numbers_table(champion)]
    blocks += [title("Command", "-"), _code(str(champion.provenance["command"]))]
    blocks += _network(champion)
    blocks += _pictures(name, pictures)
    commands = (
        f"neurosim-rl record champion:{name} --out {name}.mp4\n"
        f"neurosim-rl report champion:{name} --out {name}.html\n"
        f"neurosim-rl verify champion:{name}"
    )
    words = (
        "The film with spikes, membranes and actions (:doc:`/how-to/films`), all on one page, and the replay in NEST:"
    )
    blocks += [title("More of it", "-"), words, _code(commands)]
    return page(*blocks)


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _code(text: str) -> str:
    lines = "\n".join(f"   {line}" for line in text.splitlines())
    return f".. code-block:: text\n\n{lines}"


def numbers_table(champion: ChampionRecord) -> str:
    """Return what was measured of a champion."""
    unseen, verification = champion.unseen, champion.verification
    rows = [
        ("mean return on unseen starts", returns_text(unseen)),
        ("of the random policy", returns_text(champion.random)),
    ]
    if champion.rule is not None:
        rows.append(("of the task's rule", returns_text(champion.rule)))
    if unseen.success_rate is not None:
        rows.append(("success", f"{unseen.success_rate:.0%} of {len(unseen.trial_returns)} starts"))
    rows += [
        ("mean length", f"{unseen.mean_length:.1f} steps"),
        ("genes", f"{len(champion.vector)}"),
        ("training", training_text(champion)),
        ("seed of the run", f"{champion.config.seed}"),
    ]
    if verification.spikes_compared:
        rows.append(
            (
                "replay in NEST",
                f"{verification.episodes} episodes: {verification.spikes_compared} spikes compared, "
                f"{verification.spikes_differing} differ; {verification.actions_differing} actions differ",
            )
        )
    rows.append(("SHA-256 of the genome", literal(champion.sha256)))
    return list_table(("measure", "value"), rows)


def returns_text(unseen: UnseenReturns) -> str:
    """Return the mean of some returns with its interval."""
    if math.isnan(unseen.mean_return):
        return "not measured"
    low, high = unseen.ci95()
    return f"{unseen.mean_return:.4g} (95 % interval {low:.4g} to {high:.4g}; {len(unseen.trial_returns)} starts)"


def training_text(champion: ChampionRecord) -> str:
    """Return how much a champion was trained."""
    parts = [f"{champion.n_evaluations} evaluations", f"{champion.n_episodes} episodes"]
    if champion.n_steps is not None:
        parts.append(f"{champion.n_steps:,} environment steps".replace(",", " "))
    if champion.seconds is not None:
        parts.append(f"{champion.seconds / 60:.1f} minutes")
    return ", ".join(parts)


def _network(champion: ChampionRecord) -> list[str]:
    """Return the tables of populations and projections; a network that cannot be made here gives its reason."""
    try:
        optimizee = champion.optimizee()
        if not optimizee.has_neurons:
            return []
        network = optimizee.network(champion.vector)
    except NeurosimError as reason:
        return [f"Its network is not shown: {escaped(str(reason))}"]
    tables = [populations_table(network)]
    if network.projections:
        tables.append(projections_table(network))
    return [title("Populations and projections", "-"), *tables]


def populations_table(network: Network) -> str:
    """Return the populations of a network."""
    rows = [(population.name, str(population.size), literal(population.model)) for population in network.populations]
    return list_table(("population", "neurons", "NEST model"), [(escaped(name), *rest) for name, *rest in rows])


def projections_table(network: Network) -> str:
    """Return the projections of a network."""
    rows = []
    for projection in network.projections:
        n_positive = int((projection.weight_pa > 0).sum())
        rows.append(
            (
                escaped(projection.source),
                escaped(projection.target),
                f"{len(projection.weight_pa)}",
                f"{n_positive}",
            )
        )
    return list_table(("from", "to", "synapses", "of these excitatory"), rows)


def _pictures(name: str, pictures: Mapping[str, Path]) -> list[str]:
    blocks = []
    for file, heading in HEADINGS.items():
        if file in pictures:
            image = f".. image:: {_address(pictures[file])}\n   :alt: {heading} of {name}"
            blocks += [title(heading, "-"), CAPTIONS[file], image]
    return blocks
