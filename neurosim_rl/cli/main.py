"""The entry point of ``neurosim-rl``: its parser, and its exit code after an error."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import NoReturn

from neurosim_rl import __version__
from neurosim_rl.cli.analyse import analyse_arguments, analyse_command
from neurosim_rl.cli.compare import compare_arguments, compare_command
from neurosim_rl.cli.dynamics import dynamics_arguments, dynamics_command
from neurosim_rl.cli.evaluate import evaluate_arguments, evaluate_command
from neurosim_rl.cli.evolve import evolve_arguments, evolve_command
from neurosim_rl.cli.export import export_arguments, export_command
from neurosim_rl.cli.import_ import import_arguments, import_command
from neurosim_rl.cli.list import list_arguments, list_command
from neurosim_rl.cli.plot import plot_arguments, plot_command
from neurosim_rl.cli.record import record_arguments, record_command
from neurosim_rl.cli.results import results_arguments, results_command
from neurosim_rl.cli.resume import resume_arguments, resume_command
from neurosim_rl.cli.show import show_arguments, show_command
from neurosim_rl.cli.signals import ended_by_signals
from neurosim_rl.cli.status import status_arguments, status_command
from neurosim_rl.cli.study import study_arguments, study_command
from neurosim_rl.cli.submit import submit_arguments, submit_command
from neurosim_rl.cli.train import train_arguments, train_command
from neurosim_rl.cli.verify import verify_arguments, verify_command
from neurosim_rl.errors import NeurosimError
from neurosim_rl.settings.checks import nearest


class OneLineParser(argparse.ArgumentParser):
    """A parser that prints an error in one line, with the nearest command."""

    def error(self, message: str) -> NoReturn:
        """Print one line and exit with 2."""
        wrong = message.partition("invalid choice: '")[2].partition("'")[0]
        match = nearest(wrong, COMMANDS) if wrong else None
        hint = f" Did you mean {match!r}?" if match else ""
        print(f"{self.prog}: error: {message}.{hint} See {self.prog} --help", file=sys.stderr)
        raise SystemExit(2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0 success, 1 failure or internal error, 2 wrong use, 130 interrupted."""
    options = _parser().parse_args(arguments)
    try:
        with ended_by_signals():
            return options.command(options)
    except KeyboardInterrupt:
        print("neurosim-rl: interrupted.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of a pipe, such as head, ended before this command
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if options.debug:
            traceback.print_exc()
        one_line = " ".join(str(error).split())
        if isinstance(error, NeurosimError):
            print(f"neurosim-rl: error: {one_line}", file=sys.stderr)
            return 2
        print(
            f"neurosim-rl: internal error: {type(error).__name__}: {one_line} (add --debug for the traceback)",
            file=sys.stderr,
        )
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = OneLineParser(prog="neurosim-rl", description="Spiking NEST networks that learn to control environments.")
    parser.add_argument("--version", action="version", version=f"neurosim-rl {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=OneLineParser)
    for name, (function, add_arguments) in COMMANDS.items():
        command = commands.add_parser(name, help=function.__doc__, description=function.__doc__)
        add_arguments(command)
        command.add_argument("--debug", action="store_true", help="print the traceback of an error")
        command.set_defaults(command=function)
    return parser


Command = tuple[Callable[[argparse.Namespace], int], Callable[[argparse.ArgumentParser], None]]

COMMANDS: dict[str, Command] = {
    "list": (list_command, list_arguments),
    "evolve": (evolve_command, evolve_arguments),
    "train": (train_command, train_arguments),
    "resume": (resume_command, resume_arguments),
    "submit": (submit_command, submit_arguments),
    "evaluate": (evaluate_command, evaluate_arguments),
    "verify": (verify_command, verify_arguments),
    "plot": (plot_command, plot_arguments),
    "analyse": (analyse_command, analyse_arguments),
    "record": (record_command, record_arguments),
    "compare": (compare_command, compare_arguments),
    "results": (results_command, results_arguments),
    "study": (study_command, study_arguments),
    "dynamics": (dynamics_command, dynamics_arguments),
    "export": (export_command, export_arguments),
    "import": (import_command, import_arguments),
    "status": (status_command, status_arguments),
    "show": (show_command, show_arguments),
}
"""Commands by name: the function of the command (its docstring is the help line), and the function of its options."""
