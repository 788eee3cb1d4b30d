"""A page for each command, made of its argparse parser."""

from __future__ import annotations

import argparse

from docs.extension.rst import contents, escaped, list_table, literal, page, title
from neurosim_rl.cli.main import COMMANDS, _parser


def command_parser(name: str) -> argparse.ArgumentParser:
    """Return the parser of a command, with all its options."""
    (commands,) = (action for action in _parser(name)._actions if isinstance(action, argparse._SubParsersAction))
    parser: argparse.ArgumentParser = commands.choices[name]
    return parser


def command_pages() -> dict[str, str]:
    """Return the pages of all commands, and their list, by their path below the folder of commands."""
    pages = {f"{name}.rst": command_page(name) for name in COMMANDS}
    rows = [(f":doc:`{name}`", escaped(help_line)) for name, help_line in COMMANDS.items()]
    hidden = contents(COMMANDS).replace(":maxdepth: 1", ":hidden:")
    explanation = (
        "``RUN`` is a run folder, a champion's file, or ``champion:NAME`` for one that comes with the package. "
        "``neurosim-rl COMMAND --help`` prints the same as these pages, which are made of the code."
    )
    table = list_table(("command", "what it does"), rows)
    pages["index.rst"] = page(title("Command line"), explanation, table, hidden)
    return pages


def command_page(name: str) -> str:
    """Return the page of a command: usage, arguments and options."""
    parser = command_parser(name)
    usage = " ".join(parser.format_usage().split()).removeprefix("usage: ")
    blocks = [title(f"neurosim-rl {name}"), escaped(COMMANDS[name]), f".. code-block:: text\n\n   {usage}"]
    for group in parser._action_groups:
        actions = [action for action in group._group_actions if action.help != argparse.SUPPRESS]
        if actions:
            blocks.append(title((group.title or "options").capitalize(), "-"))
            blocks.append(escaped(group.description or ""))
            rows = [(literal(invocation(action)), escaped(help_of(parser, action))) for action in actions]
            blocks.append(list_table(("argument", "meaning"), rows))
    if parser.epilog:
        blocks.append("::\n\n" + "\n".join(f"    {line}" for line in parser.epilog.splitlines()))
    return page(*blocks)


def invocation(action: argparse.Action) -> str:
    """Return how an argument is written."""
    formatter = argparse.HelpFormatter("neurosim-rl")
    return formatter._format_action_invocation(action)


def help_of(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    """Return the help line of an argument, with its default filled in."""
    formatter = parser._get_formatter()
    text = formatter._expand_help(action) if action.help else ""
    return " ".join(text.split())
