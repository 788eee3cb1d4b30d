"""Packaging. The settings are in setup.cfg; here the README becomes the description that an index shows.

Paths of pictures in the README are relative, as a checkout needs them. An index needs absolute addresses: the setting
``pictures`` of ``[tool:readme]`` in setup.cfg is what they begin with. While it is empty, pictures are left out.
"""

import configparser
import re
from pathlib import Path

from setuptools import setup

ROOT = Path(__file__).parent
PICTURE = re.compile(r"^\.\. image:: (?!https?:)(\S+)\n((?: {3,}\S.*\n)*)\n?", re.MULTILINE)


def description(readme: str, address: str) -> str:
    """Return a README with the addresses of pictures instead of their paths, or without pictures."""
    if not address:
        return PICTURE.sub("", readme)
    return PICTURE.sub(lambda found: f".. image:: {address.rstrip('/')}/{found[1]}\n{found[2]}\n", readme)


if __name__ == "__main__":
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    text = (ROOT / "README.rst").read_text(encoding="utf-8")
    setup(
        long_description=description(text, settings["tool:readme"]["pictures"]),
        long_description_content_type="text/x-rst",
    )
