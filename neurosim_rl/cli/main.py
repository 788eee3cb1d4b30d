"""The entry point of ``neurosim-rl``: its parser, and its exit code after an error."""

from __future__ import annotations

import argparse
import errno
import importlib
import sys
import traceback
from collections.abc import Sequence
from textwrap import fill, wrap
from typing import Any, NoReturn

from neurosim_rl import __version__
from neurosim_rl.cli.completion import complete, words_to_complete
from neurosim_rl.cli.examples import examples_text
from neurosim_rl.cli.messages import add_messages, command_working, messages, print_problem
from neurosim_rl.cli.signals import ended_by_signals
from neurosim_rl.cli.surroundings import any_surroundings, complete_output
from neurosim_rl.errors import ConfigurationError, NeurosimError
from neurosim_rl.settings.checks import nearest
from neurosim_rl.settings.plugins import allow
from neurosim_rl.settings.printable import printable
from neurosim_rl.settings.sources import FETCH, source_hint
from neurosim_rl.settings.user_code import located, place_of


class OneLineParser(argparse.ArgumentParser):
    """A parser that prints an error in one line, with the nearest command."""

    def error(self, message: str) -> NoReturn:
        """Print one line and exit with 2."""
        wrong = message.partition("invalid choice: '")[2].partition("'")[0]
        match = nearest(wrong, COMMANDS) if wrong else None
        hint = f" Did you mean {match!r}?" if match else ""
        if message.startswith("argument COMMAND: invalid choice"):
            message = f"there is no command {wrong!r}"
        print_problem(f"{self.prog}: error: {message}.{hint} See {self.prog} --help")
        raise SystemExit(2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0 success, 1 failure or internal error, 2 wrong use, 130 interrupted."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    with any_surroundings():
        try:
            with complete_output():
                return _run(given)
        except KeyboardInterrupt:
            print_problem("neurosim-rl: interrupted.")
            return 130
        except BrokenPipeError:  # the reader of a pipe, such as head, ended before this command
            return 0
        except Exception as error:
            if "--debug" in given:
                traceback.print_exc()
            return _report(error, given)


def _run(given: Sequence[str]) -> int:
    """Parse a command and run it."""
    to_complete = words_to_complete()
    if to_complete is not None:
        command = _command_in(to_complete)
        complete(_parser(command), command)
    command = _command_in(given)
    # Here, so that no command is silent, nor the modules that it loads; commands name their work inside.
    with messages("--quiet" in given), command_working(command or ""):
        parser = _parser(command)
        options = parser.parse_args(given)
        if not hasattr(options, "command"):
            parser.print_help()
            return 0
        with ended_by_signals(), messages(getattr(options, "quiet", False), getattr(options, "log_level", None)):
            allow(*options.plugin)
            code: int = options.command(options)
            return code


def _command_in(words: Sequence[str]) -> str | None:
    """Return the command that words name, whether there is one of this name or not."""
    return next((word for word in words if not word.startswith("-")), None)


def _report(error: Exception, given: Sequence[str]) -> int:
    """Print an error in one line; return the exit code."""
    text = _explained(error)
    if text is None:
        one_line = printable(" ".join(str(error).split()))
        print_problem(
            f"neurosim-rl: internal error: {type(error).__name__}: {one_line} (add --debug for the traceback)"
        )
        return 1
    hint = next(filter(None, map(source_hint, given)), "")
    if hint not in text:
        text += hint
    print_problem(f"neurosim-rl: error: {printable(' '.join(text.split()))}")
    return 2


def _explained(error: Exception) -> str | None:
    """Return the text of an error that the user can correct; None: an internal error."""
    if isinstance(error, ConfigurationError):  # a mistake in settings, even where a part of the user's finds it
        return str(error)
    if isinstance(error, NeurosimError):
        return located(error)
    if isinstance(error, MemoryError):
        return f"out of memory: {str(error) or 'no memory is left'}. Set a smaller network, population or batch_size."
    if isinstance(error, RecursionError):
        return f"the settings or files are nested too deeply: {error}. Use tables of a few levels."
    if isinstance(error, OSError):
        place = "" if error.filename is None else f": {error.filename!r}"
        return f"{error.strerror or error}{place}. {ADVICE.get(error.errno or 0, 'Check the path.')}"
    if place_of(error):
        return f"{located(error)} (your own code; add --debug for the traceback)"
    return None


ADVICE = {
    errno.EACCES: "Choose a place where you may read and write.",
    errno.EPERM: "Choose a place where you may read and write.",
    errno.EROFS: "Choose a place where you may write.",
    errno.ENOSPC: "Free some space.",
    errno.EDQUOT: "Free some space.",
    errno.ENAMETOOLONG: "Choose a shorter name.",
    errno.EMFILE: "Use fewer workers, or raise the limit of open files (ulimit -n).",
}
"""What to do about errors of the operating system, by number."""


def _parser(command: str | None) -> argparse.ArgumentParser:
    """Return the parser; only the command that is asked for is loaded and has its options."""
    parser = OneLineParser(
        prog="neurosim-rl",
        description="Spiking NEST networks that learn to control environments.",
        epilog=commands_text(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="neurosim-rl [--help] [--version] COMMAND ...",
    )
    parser.add_argument("--version", action="version", version=f"neurosim-rl {__version__}")
    commands = parser.add_subparsers(
        prog="neurosim-rl", metavar="COMMAND", help=argparse.SUPPRESS, parser_class=OneLineParser
    )
    for name, help_line in COMMANDS.items():
        if name == command:
            _add_command_parser(commands, name, help_line)
        else:
            commands.add_parser(name, help=help_line)
    return parser


def _add_command_parser(commands: Any, name: str, help_line: str) -> None:
    """Add the parser of the command that is asked for."""
    options = commands.add_parser(
        name,
        help=help_line,
        description=fill(help_line, HELP_WIDTH),
        epilog=examples_text(name),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_command(options, name)
    general = options.add_argument_group("messages and parts of your own")
    if name in LONG_COMMANDS:
        add_messages(general)
    general.add_argument(
        "--plugin",
        action="append",
        default=[],
        metavar="NAME",
        help="module or file with parts of your own, which runs and other files may use; can be repeated",
    )
    general.add_argument("--debug", action="store_true", help="print the traceback of an error")


def commands_text() -> str:
    """Return the commands by group, for the help."""
    lines = []
    for title, names in GROUPS.items():
        lines.append(f"{title}:")
        for name in names:
            first, *others = wrap(COMMANDS[name], HELP_WIDTH)
            lines += [f"  {name:12}{first}", *(" " * 14 + line for line in others)]
        lines.append("")
    lines += ["A first run:            neurosim-rl evolve mountain-car"]
    lines += ["Options and examples:   neurosim-rl COMMAND --help"]
    lines += ["", "Studies, notebooks and examples are in the checkout or the source distribution:", f"  {FETCH}"]
    return "\n".join(lines)


HELP_WIDTH = 64
"""Characters of a help line beside the name of its command, for a terminal of 80 columns."""


def add_command(parser: argparse.ArgumentParser, name: str) -> None:
    """Add the options of a command to its parser, and the function that runs it."""
    module = importlib.import_module(f"neurosim_rl.cli.{'import_' if name == 'import' else name}")
    getattr(module, f"{name}_arguments")(parser)
    parser.set_defaults(command=getattr(module, f"{name}_command"))


COMMANDS = {
    "list": "List tasks, models, encoders, decoders, optimizers, simulators, figures, champions; one with its options.",
    "new": "Make a project of your own that runs: environment, network, encoder, task, test, notebook.",
    "evolve": "Evolve a controller for a task.",
    "train": "Train a controller for a task by a learning rule: reward-modulated STDP, or gradients.",
    "resume": "Resume an interrupted run.",
    "submit": "Submit to Slurm: a run, an array of runs over seeds and settings, or a study.",
    "evaluate": "Evaluate a champion on unseen starts, beside the random policy and the task's rule.",
    "verify": "Replay a champion's recorded episodes in NEST and compare each spike (without neurons: each action).",
    "plot": "Draw the figures of a run or champion.",
    "analyse": "Measure a champion: weights, sparsity, spikes, operations, energy; draw its network and its gait.",
    "report": "Write a run, champion, study, comparison or results as one page of HTML, which needs no network.",
    "record": "Record an episode of a champion as a film (GIF or MP4): environment, spikes, membranes, action.",
    "dashboard": "Show runs in a browser, live and read-only, also while they run: table, curves, settings, failures.",
    "compare": "Compare runs over seeds and settings: a table and a figure.",
    "results": "Play all champions and write the page of results: champions, published scores, simple policies.",
    "study": "Run a study (a grid of settings with many seeds), or the rest of it: a table and figures.",
    "dynamics": "Simulate one neuron or synapse in NEST and compare it with its closed form: figure and table.",
    "export": "Export a champion: a NIR file (model lif), a PyNEST script, or its recorded episodes as Neo or CSV.",
    "nestml": "Build neurons and synapses in NESTML into a module for the installed NEST.",
    "import": "Import a network from a NIR file: evaluate it, replay it in NEST, write a champion file.",
    "status": "Print the state of runs or of a study: running, queued, stopped or finished, and progress.",
    "show": "Summarize a run or champion on one screen.",
    "completion": "Print the lines that let a shell complete commands, options and names.",
}
"""Help lines of the commands by name. The command ``VERB`` is in the module ``neurosim_rl.cli.VERB``."""

GROUPS = {
    "begin": ("list", "new", "completion"),
    "train": ("evolve", "train", "resume", "study", "submit"),
    "look at runs and champions": (
        "status",
        "dashboard",
        "show",
        "plot",
        "analyse",
        "report",
        "record",
        "evaluate",
        "verify",
    ),
    "compare": ("compare", "results"),
    "other tools, and NEST": ("export", "import", "nestml", "dynamics"),
}
"""Commands by what they are for."""
LONG_COMMANDS = {
    *("evolve", "train", "resume", "study", "evaluate", "verify", "plot", "analyse", "report", "record", "compare"),
    *("results", "dynamics", "nestml", "import", "export"),
}
"""Commands that may run for long: they have --quiet and --log-level."""
