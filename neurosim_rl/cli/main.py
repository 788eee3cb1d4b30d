"""The parser of ``neurosim-rl``, and how errors end it."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import NoReturn

from neurosim_rl import __version__
from neurosim_rl.cli import (
    analysing,
    comparing,
    dynamics_command,
    evolve,
    exchanging,
    inspecting,
    recording,
    reporting,
    resume,
    studying,
    submitting,
    train,
)
from neurosim_rl.cli.signals import ended_by_signals
from neurosim_rl.errors import NeurosimError
from neurosim_rl.settings.checks import nearest


class OneLineParser(argparse.ArgumentParser):
    """A parser whose errors are one line, with the nearest command."""

    def error(self, message: str) -> NoReturn:
        """Print one line and exit with 2."""
        wrong = message.partition("invalid choice: '")[2].partition("'")[0]
        match = nearest(wrong, COMMANDS) if wrong else None
        hint = f" Did you mean {match!r}?" if match else ""
        print(f"{self.prog}: error: {message}.{hint} See {self.prog} --help", file=sys.stderr)
        raise SystemExit(2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code: 0 fine, 1 our mistake, 2 the user's, 130 interrupted."""
    options = _parser().parse_args(arguments)
    try:
        with ended_by_signals():
            return options.command(options)
    except KeyboardInterrupt:
        print("neurosim-rl: interrupted.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if options.debug:
            traceback.print_exc()
        one_line = " ".join(str(error).split())
        if isinstance(error, NeurosimError):
            print(f"neurosim-rl: error: {one_line}", file=sys.stderr)
            return 2
        print(f"neurosim-rl: internal error: {type(error).__name__}: {one_line} (--debug shows where)", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = OneLineParser(prog="neurosim-rl", description="Spiking NEST networks that learn to control environments.")
    parser.add_argument("--version", action="version", version=f"neurosim-rl {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=OneLineParser)
    for name, (function, add_arguments) in COMMANDS.items():
        command = commands.add_parser(name, help=function.__doc__, description=function.__doc__)
        add_arguments(command)
        command.add_argument("--debug", action="store_true", help="show the traceback of an error")
        command.set_defaults(command=function)
    return parser


COMMANDS: dict[str, tuple[Callable[[argparse.Namespace], int], Callable[[argparse.ArgumentParser], None]]] = {
    "list": (inspecting.list_everything, inspecting.list_arguments),
    "evolve": (evolve.evolve_command, evolve.evolve_arguments),
    "train": (train.train_command, train.train_arguments),
    "resume": (resume.resume_command, resume.resume_arguments),
    "submit": (submitting.submit_command, submitting.submit_arguments),
    "evaluate": (inspecting.evaluate_command, inspecting.evaluate_arguments),
    "verify": (inspecting.verify_command, inspecting.verify_arguments),
    "plot": (inspecting.plot_command, inspecting.plot_arguments),
    "analyse": (analysing.analyse_command, analysing.analyse_arguments),
    "record": (recording.record_command, recording.record_arguments),
    "compare": (comparing.compare_command, comparing.compare_arguments),
    "results": (reporting.results_command, reporting.results_arguments),
    "study": (studying.study_command, studying.study_arguments),
    "experiment": (dynamics_command.experiment_command, dynamics_command.experiment_arguments),
    "export": (exchanging.export_command, exchanging.export_arguments),
    "import": (exchanging.import_command, exchanging.import_arguments),
    "status": (inspecting.status_command, inspecting.status_arguments),
    "show": (inspecting.show_command, inspecting.show_arguments),
}
