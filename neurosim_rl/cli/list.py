"""``neurosim-rl list``: list kinds of parts, the parts of a kind, or one part with its options."""

from __future__ import annotations

import argparse

from neurosim_rl.cli.arguments import add_json, print_output


def list_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``list``."""
    parser.add_argument("kind", metavar="KIND", nargs="?", help="kind of part, such as tasks, optimizers or champions")
    parser.add_argument("name", metavar="NAME", nargs="?", help="one part, with its options, defaults and ranges")
    add_json(parser)


def list_command(options: argparse.Namespace) -> int:
    """List tasks, models, encoders, decoders, optimizers, simulators, figures, champions; one with its options."""
    from neurosim_rl.cli.catalogue import catalogue, kind_named, kinds
    from neurosim_rl.cli.catalogue_pages import kind_page, overview_page, part_json, part_page

    if options.kind is None:
        print_output(catalogue() if options.json else overview_page())
        return 0
    parts = kinds()
    kind = kind_named(options.kind, parts)
    if options.name is not None:
        print_output(part_json(kind, options.name) if options.json else part_page(kind, options.name))
    else:
        print_output({kind: sorted(parts[kind])} if options.json else kind_page(kind))
    return 0
