"""``neurosim-rl completion``: completion of commands, options and names in bash and zsh, by argcomplete."""

from __future__ import annotations

import argparse
import os
import shlex
from collections.abc import Callable, Iterable

from neurosim_rl.cli.arguments import print_output

SHELLS = ("bash", "zsh")


def completion_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``completion``."""
    parser.add_argument("shell", choices=SHELLS, help="shell that reads the lines, such as by eval in ~/.bashrc")


def completion_command(options: argparse.Namespace) -> int:
    """Print the lines that let a shell complete commands, options and names."""
    import argcomplete

    print_output(argcomplete.shellcode(["neurosim-rl"], shell=options.shell).rstrip())
    return 0


def words_to_complete() -> list[str] | None:
    """Return the words after the program's name in the line that a shell asks to complete; None: no shell asks."""
    if "_ARGCOMPLETE" not in os.environ:
        return None
    line = os.environ.get("COMP_LINE", "")
    try:
        return shlex.split(line)[1:]
    except ValueError:  # a quotation mark that is not closed yet
        return line.split()[1:]


def complete(parser: argparse.ArgumentParser, command: str | None) -> None:
    """Print the completions of the line that a shell asks about, and exit."""
    import argcomplete

    for actions in parser._subparsers._group_actions if parser._subparsers else []:
        chosen = (actions.choices or {}).get(command) if isinstance(actions.choices, dict) else None
        for action in chosen._actions if chosen is not None else []:
            if action.dest in NAMES:
                action.completer = _with_files if action.dest in FILES_TOO else _names  # type: ignore[attr-defined]
    argcomplete.autocomplete(parser)


def _names(action: argparse.Action, parsed_args: argparse.Namespace, **context: object) -> list[str]:
    return sorted(NAMES[action.dest](parsed_args))


def _with_files(prefix: str, action: argparse.Action, parsed_args: argparse.Namespace, **context: object) -> list[str]:
    from argcomplete.completers import FilesCompleter

    return [*_names(action, parsed_args), *FilesCompleter()(prefix)]


def _of_kind(kind: str) -> Callable[[argparse.Namespace], Iterable[str]]:
    """Return a function that gives the names of a kind of part."""

    def names(parsed: argparse.Namespace) -> Iterable[str]:
        from neurosim_rl.cli.catalogue import catalogue

        return list(catalogue()[kind])

    return names


def _champions(parsed: argparse.Namespace) -> Iterable[str]:
    from neurosim_rl.runs.champion import shipped_champions
    from neurosim_rl.settings.named_modules import CHAMPION

    return [f"{CHAMPION}{name}" for name in shipped_champions()]


def _kinds(parsed: argparse.Namespace) -> Iterable[str]:
    from neurosim_rl.cli.catalogue import kinds

    return kinds()


def _parts(parsed: argparse.Namespace) -> Iterable[str]:
    from neurosim_rl.cli.catalogue import kind_named, kinds

    if getattr(parsed, "kind", None) is None:  # such as the name of a new project
        return ()
    found = kinds()
    return found[kind_named(parsed.kind, found)]


def _figures(parsed: argparse.Namespace) -> Iterable[str]:
    from neurosim_rl.reports.figures import FIGURES

    return FIGURES


NAMES: dict[str, Callable[[argparse.Namespace], Iterable[str]]] = {
    "task": _of_kind("tasks"),
    "model": _of_kind("model"),
    "optimizer": _of_kind("optimizer"),
    "simulator": _of_kind("simulator"),
    "execution": _of_kind("execution"),
    "learner": _of_kind("learning"),
    "figure": _figures,
    "run": _champions,
    "start_from": _champions,
    "kind": _kinds,
    "name": _parts,
}
"""Names that complete an argument, by its ``dest``."""
FILES_TOO = ("run", "start_from")
"""Arguments for which a path may stand, too."""
