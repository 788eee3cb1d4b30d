"""A champion as a PyNEST script of its own: the network, the closed loop and one episode, without this package.

The script is a frame (``pynest_script.txt``) around copies of functions that are modules here: `pynest_network`,
`pynest_observations`, `pynest_encoding`, `pynest_background`, `pynest_decoding` and `pynest_spaces`. Pieces
(`pynest_piece`) say which functions, constants and lines a component of the loop needs.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from neurosim_rl.errors import ExchangeError, RunFolderError
from neurosim_rl.exchange.pynest_background_pieces import BACKGROUND_PIECES
from neurosim_rl.exchange.pynest_checks import check_exportable
from neurosim_rl.exchange.pynest_data import assignment
from neurosim_rl.exchange.pynest_decoder_pieces import DECODER_PIECES
from neurosim_rl.exchange.pynest_encoder_pieces import ENCODER_PIECES
from neurosim_rl.exchange.pynest_environment_pieces import acting_piece, environment_piece, observing_piece
from neurosim_rl.exchange.pynest_module_piece import CHOICE, OPTION, module_piece
from neurosim_rl.exchange.pynest_network_data import network_constants
from neurosim_rl.exchange.pynest_normalisation_pieces import NORMALISATION_PIECES
from neurosim_rl.exchange.pynest_piece import DECODING, NETWORK, Piece, chosen_piece
from neurosim_rl.exchange.pynest_words import words
from neurosim_rl.exchange.source_text import SourceText
from neurosim_rl.networks.network import Network
from neurosim_rl.optimizees import ClosedLoop
from neurosim_rl.runs.champion import ChampionRecord
from neurosim_rl.runs.files import writing
from neurosim_rl.seeds import Purpose

FRAME = "pynest_script.txt"


def write_pynest(champion: ChampionRecord, path: Path) -> None:
    """Write a champion as a PyNEST script.

    Parameters
    ----------
    champion : ChampionRecord
    path : path

    Raises
    ------
    ExchangeError
        When a script cannot hold a part of it (the message has the reason), or the file cannot be written. The file is
        written complete or not at all.
    """
    text = pynest_script(champion, path.name)
    try:
        with writing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    except RunFolderError as error:
        raise ExchangeError(str(error)) from error


def pynest_script(champion: ChampionRecord, file_name: str) -> str:
    """Return the text of a champion's script; `file_name` is the name in its examples."""
    optimizee = champion.optimizee()
    check_exportable(optimizee)
    network = optimizee.network(champion.vector)
    observe = observing_piece(optimizee.environment)
    normalise = chosen_piece("normalisation", NORMALISATION_PIECES, optimizee, network)
    encode = chosen_piece("encoder", ENCODER_PIECES, optimizee, network)
    background = chosen_piece("background", BACKGROUND_PIECES, optimizee, network)
    decode = chosen_piece("decoder", DECODER_PIECES, optimizee, network)
    act = acting_piece(optimizee.environment)
    make = environment_piece(optimizee.environment)
    install = module_piece(optimizee.config.nest_modules, network)
    streams = _streams(optimizee, network, encode, decode)
    source = SourceText()
    frame = Template(files(__package__).joinpath(FRAME).read_text(encoding="utf-8"))
    return frame.substitute(
        words(champion, optimizee, network, file_name),
        network_functions=_functions(source, Piece("", functions=_NETWORK_FUNCTIONS)),
        encoding_prose=_comment(observe.prose, normalise.prose, encode.prose, background.prose),
        encoding_functions=_functions(source, observe, normalise, encode, background),
        decoding_prose=_comment(decode.prose),
        decoding_functions=_functions(source, Piece("", functions=_COUNTS), decode, act, make),
        begin=textwrap.indent(streams.before, "    "),
        before=textwrap.indent(encode.before + background.before + decode.before, "    "),
        kernel='{**KERNEL, "rng_seed": noise_seed}' if network.random_models else "KERNEL",
        modules=install.lines,
        module_option=textwrap.indent(OPTION if install.lines else "", "    "),
        module_choice=textwrap.indent(CHOICE if install.lines else "", "    "),
        variables=observe.lines,
        window=textwrap.indent((normalise.lines + encode.lines).rstrip(), "        "),
        decode=textwrap.indent(decode.lines.rstrip(), "        "),
        taken=act.lines,
        wrapped=textwrap.indent(make.lines, "    "),
        data=_data(champion, optimizee, network, make, normalise, encode, background, decode, streams, install),
    )


_NETWORK_FUNCTIONS = (NETWORK, "build_network"), (NETWORK, "numbers_of"), (NETWORK, "new_spikes")
_COUNTS = ((DECODING, "counts_of"),)
_RNG = """\
# The random stream of this start in the run: the draws are those of its recording.
rng = np.random.default_rng(np.random.SeedSequence(RUN_SEED, spawn_key=(STREAM, start_seed)))
"""
_NOISE = """\
# Models that draw random numbers get the seed that they had in the recording of this start.
noise = np.random.SeedSequence(RUN_SEED, spawn_key=(NOISE_STREAM, STREAM, start_seed)).generate_state(1, np.uint64)
noise_seed = 1 + int(noise[0]) % (2**32 - 1)
"""


def _streams(optimizee: ClosedLoop, network: Network, *pieces: Piece) -> Piece:
    """Return the piece that seeds what draws random numbers: encoder or decoder, and NEST itself."""
    before = ""
    constants: dict[str, Any] = {}
    if network.background is not None or any("rng" in piece.lines for piece in pieces):
        before += _RNG
    if network.random_models:
        before, constants = before + _NOISE, {"NOISE_STREAM": int(Purpose.NOISE)}
    if before:
        constants |= {"RUN_SEED": optimizee.config.seed, "STREAM": int(Purpose.EVALUATION_ELEMENT)}
    return Piece("", constants=constants, before=before)


def _functions(source: SourceText, *pieces: Piece) -> str:
    """Return the text of the pieces' functions that is not in the script yet."""
    for piece in pieces:
        for module, name in piece.functions:
            source.add(module, name)
    return source.take()


def _comment(*prose: str) -> str:
    return "\n".join(textwrap.wrap(" ".join(filter(None, prose)), 120, initial_indent="# ", subsequent_indent="# "))


def _data(champion: ChampionRecord, optimizee: ClosedLoop, network: Network, *pieces: Piece) -> str:
    """Return the constants as text."""
    grid, config = network.grid, optimizee.config
    window_steps = int(grid.steps(config.window_ms))
    constants: dict[str, Any] = {
        "MAKE": _make_arguments(optimizee),
        "RECORDED": _recorded(champion),
        "RESOLUTION_MS": grid.delay_step_ms,
        "WINDOW_STEPS": window_steps,
        "WINDOW_MS": grid.ms(window_steps),
    }
    for piece in pieces:
        constants |= piece.constants
    lines = []
    for name, value in {**constants, **network_constants(network)}.items():
        if name in MEANINGS:
            lines.append(f"# {MEANINGS[name]}")
        lines.append(assignment(name, value))
    return "\n".join(lines)


MEANINGS = {
    "MAKE": "Arguments of gymnasium.make.",
    "RECORDED": "Return of each recorded episode, by the seed of the environment's reset.",
    "WINDOW_STEPS": "Steps of the simulation grid in one window, which is one step of the environment.",
    "WRAPPERS": "Wrappers of Gymnasium around the environment, the first one innermost.",
    "ORIGIN": "References of the variables at the beginning; nan: the first observation.",
    "PARTS": "Parts of the action: the neurons of each, and their code.",
    "RUN_SEED": "Seed of the run, and key of the random stream of an episode.",
    "MODULES": "Libraries of NEST's extension modules on the machine of the run; --modules names those of another.",
    "SOURCES": "Models of these modules in NESTML, line by line: build them for the NEST of another machine.",
    "KERNEL": "Delays bound NEST's slices, and with them the order in which simultaneous spikes are added up.",
    "PROJECTIONS": "Matrices of weights: from each neuron of the source, a row, to each of the target, a column.",
}
"""What a constant means, where its name does not say it."""


def _make_arguments(optimizee: ClosedLoop) -> Mapping[str, Any]:
    options = optimizee.config.environment
    return {"id": options.id, **options.kwargs, "max_episode_steps": optimizee.environment.step_limit}


def _recorded(champion: ChampionRecord) -> dict[int, float]:
    """Return the return of each recorded episode by its start seed."""
    recording = champion.recording
    return dict(zip(recording.start_seeds.tolist(), recording.returns.tolist(), strict=True))
