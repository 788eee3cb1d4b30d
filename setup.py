"""Packaging. The settings are in setup.cfg; here is what follows from the address of the home, and the sources' links.

Paths of pictures in the README are relative, as a checkout needs them. An index needs absolute addresses: those of the
metadata and of the pictures begin with the setting ``address`` of ``[tool:home]`` in setup.cfg. While it is empty,
there are none of either.
"""

import configparser
import os
import re
from pathlib import Path

from setuptools import setup
from setuptools.command.sdist import sdist

ROOT = Path(__file__).parent
PICTURE = re.compile(r"^\.\. image:: (?!https?:)(\S+)\n((?: {3,}\S.*\n)*)\n?", re.MULTILINE)
PLACES = {
    "Homepage": "",
    "Source": "",
    "Documentation": "/tree/HEAD/docs",
    "Changelog": "/blob/HEAD/CHANGELOG.rst",
    "Issues": "/issues",
}
"""Where things are below the home, as GitHub and GitLab have them."""

LINKS = {
    "neurosim_rl/models": "../models",
    "neurosim_rl/optimizees": "../optimizees",
    "docs/tutorials/notebooks": "../../notebooks",
}
"""Links of the repository, by path. A source distribution has them as links, not as second copies."""


def description(readme: str, home: str) -> str:
    """Return a README with the addresses of pictures instead of their paths, or without pictures."""
    if not home:
        return PICTURE.sub("", readme)
    return PICTURE.sub(lambda found: f".. image:: {home.rstrip('/')}/raw/HEAD/{found[1]}\n{found[2]}\n", readme)


def addresses(home: str) -> dict[str, str]:
    """Return the addresses of the metadata; none while there is no home on the web."""
    return {name: home.rstrip("/") + place for name, place in PLACES.items()} if home else {}


class SourcesWithLinks(sdist):
    """The source distribution, with the links of the repository."""

    def make_release_tree(self, base_dir: str, files: list[str]) -> None:
        """Make the folder that is packed."""
        super().make_release_tree(base_dir, files)
        for path, target in LINKS.items():
            os.symlink(target, Path(base_dir) / path, target_is_directory=True)


if __name__ == "__main__":
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    home = settings["tool:home"]["address"]
    setup(
        long_description=description((ROOT / "README.rst").read_text(encoding="utf-8"), home),
        long_description_content_type="text/x-rst",
        project_urls=addresses(home),
        cmdclass={"sdist": SourcesWithLinks},
    )
