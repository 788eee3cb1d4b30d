"""The source distribution and the wheel, built from what is committed: what is in them, and that both work."""

from __future__ import annotations

import email
import email.message
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import neurosim_rl
from tests.documents import ROOT, documents
from tests.site.test_containers import copied
from tests.test_structure import setup

NAME = f"neurosim_rl-{neurosim_rl.__version__}"
MADE = re.compile(r"PKG-INFO|neurosim_rl\.egg-info/.*")
"""What setuptools adds to the sources."""

if not (ROOT / ".git").exists():
    pytest.skip("no checkout: what is committed is not known", allow_module_level=True)


def run(command: list[str], folder: Path, **surroundings: str) -> str:
    """Run a command in a folder and return what it prints; its failure fails the test."""
    environment = {**os.environ, "PIP_NO_INDEX": "1", **surroundings}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def committed() -> set[str]:
    """Return the paths of the files that are committed, or new and not ignored; links included."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    return {path for path in run(command, ROOT).splitlines() if os.path.lexists(ROOT / path)}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with both distributions: the wheel is built from the source distribution."""
    folder = tmp_path_factory.mktemp("packages")
    (folder / "checkout").mkdir()
    for path in committed():
        copy = folder / "checkout" / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / path).is_symlink():
            copy.symlink_to(os.readlink(ROOT / path))
        else:
            copy.write_bytes((ROOT / path).read_bytes())
    # What a checkout holds besides, and nobody wants to have.
    for path in (
        "runs/mine/config.toml",
        "docs/_build/html/index.html",
        "tests/__pycache__/test_a.pyc",
        "dist/old.whl",
    ):
        (folder / "checkout" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "checkout" / path).write_text("mine")
    run([sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder / "dist"), "."], folder / "checkout")
    return folder / "dist"


@pytest.fixture(scope="module")
def sources(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the unpacked source distribution."""
    folder = tmp_path_factory.mktemp("sources")
    with tarfile.open(built / f"{NAME}.tar.gz") as archive:
        archive.extractall(folder, filter="data")  # as pip unpacks it
    return folder / NAME


@pytest.fixture(scope="module")
def wheel(built: Path) -> zipfile.ZipFile:
    (path,) = built.glob("*.whl")
    return zipfile.ZipFile(path)


def metadata(wheel: zipfile.ZipFile) -> email.message.Message:
    return email.message_from_bytes(wheel.read(f"{NAME}.dist-info/METADATA"))


def shown_pictures() -> set[str]:
    """Return the pictures of benchmarks that README and site show."""
    found = re.findall(r"(?:image|figure):: \S*?(benchmarks/\S+)", "\n".join(documents().values()))
    return set(found)


def test_the_sources_have_all_that_is_committed_but_pictures_that_no_page_shows(sources: Path) -> None:
    packed = {
        path.relative_to(sources).as_posix() for path in sources.rglob("*") if path.is_file() or path.is_symlink()
    }
    packed = {path for path in packed if not MADE.fullmatch(path)} - {"setup.cfg"}
    expected = committed() - {"setup.cfg"}  # setuptools writes it anew
    links = {path for path in expected if (ROOT / path).is_symlink()}
    assert len(links) == 3
    through_links = {path for path in packed if any(path.startswith(f"{link}/") for link in links)}
    left_out = {path for path in expected - packed if path.startswith("benchmarks/")}
    assert {Path(path).suffix for path in left_out} <= {".png", ".gif"}
    assert len(left_out) > 10
    assert left_out.isdisjoint(shown_pictures())
    assert packed - through_links == expected - left_out


def test_the_links_of_the_sources_are_links_within_them(built: Path) -> None:
    with tarfile.open(built / f"{NAME}.tar.gz") as archive:
        links = {member.name.partition("/")[2]: member.linkname for member in archive if member.issym()}
    assert links == {path: os.readlink(ROOT / path) for path in committed() if (ROOT / path).is_symlink()}


def test_both_are_as_an_index_wants_them(built: Path) -> None:
    run([sys.executable, "-m", "twine", "check", "--strict", *map(str, built.iterdir())], built)


def test_the_metadata_are_complete(wheel: zipfile.ZipFile) -> None:
    found = metadata(wheel)
    assert (found["Name"], found["Version"]) == ("neurosim-rl", neurosim_rl.__version__)
    assert found["License-Expression"] == "GPL-3.0-or-later"
    assert found["Requires-Python"] == ">=3.11"
    assert found["Author"] == setup()["metadata"]["author"]
    assert found["Summary"]
    assert len(found["Keywords"].split(",")) >= 5
    topics = {line.partition(" ::")[0] for line in found.get_all("Classifier", [])}
    assert {"Development Status", "Intended Audience", "Operating System", "Programming Language", "Topic"} <= topics
    licences = [name for name in wheel.namelist() if f"{NAME}.dist-info/licenses/" in name]
    assert {Path(name).name for name in licences} == {"LICENSE", "plotly-cartesian.LICENSE.txt"}
    addresses = dict(line.split(", ", 1) for line in found.get_all("Project-URL", []))
    home = setup()["tool:home"]["address"]
    assert set(addresses) == ({"Homepage", "Source", "Documentation", "Changelog", "Issues"} if home else set())
    assert all(address.startswith(home) for address in addresses.values())


def test_addresses_begin_with_that_of_the_home(sources: Path) -> None:
    code = "import setup; print(setup.addresses('https://example.org/ours/'), setup.addresses(''))"
    assert run([sys.executable, "-c", code], sources).split(" {}")[0] == str(
        {
            "Homepage": "https://example.org/ours",
            "Source": "https://example.org/ours",
            "Documentation": "https://example.org/ours/tree/HEAD/docs",
            "Changelog": "https://example.org/ours/blob/HEAD/CHANGELOG.rst",
            "Issues": "https://example.org/ours/issues",
        }
    )


def test_the_wheel_has_every_file_of_the_package_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    homes = {"models/": "neurosim_rl/models/", "optimizees/": "neurosim_rl/optimizees/", "neurosim_rl/": "neurosim_rl/"}
    expected = {
        inside + path.removeprefix(home)
        for home, inside in homes.items()
        for path in committed()
        if path.startswith(home) and not (ROOT / path).is_symlink()
    }
    assert packed == expected


def test_what_the_recipes_of_containers_copy_makes_the_same_wheel(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    paths = copied("Dockerfile")
    for path in committed():
        if path.partition("/")[0] in paths and not (ROOT / path).is_symlink():
            (tmp_path / "in" / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "in" / path).write_bytes((ROOT / path).read_bytes())
    run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), "in"], tmp_path)
    (made,) = tmp_path.glob("*.whl")
    assert set(zipfile.ZipFile(made).namelist()) == set(wheel.namelist())


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the installed wheel, without what it requires: that is in this environment."""
    folder = tmp_path_factory.mktemp("installed") / "site"
    (path,) = built.glob("*.whl")
    run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), str(path)], built)
    return folder


def command(installed: Path, folder: Path, *words: str) -> str:
    """Run ``neurosim-rl`` of the installed wheel."""
    return run([str(installed / "bin" / "neurosim-rl"), *words], folder, PYTHONPATH=str(installed))


def test_the_wheel_works_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    code = "import neurosim_rl; print(neurosim_rl.__file__)"
    where = run([sys.executable, "-c", code], tmp_path, PYTHONPATH=str(installed))
    assert Path(where.strip()).is_relative_to(installed)
    assert "champions" in command(installed, tmp_path, "list")
    assert "mountain-car" in command(installed, tmp_path, "show", "champion:mountain-car")
    brief = ["--generations", "2", "--population", "4", "--workers", "1", "--set", "validation_episodes=2"]
    command(installed, tmp_path, "evolve", "cart-pole", *brief, "--no-figures", "--quiet")
    assert "2 of 2 generations" in command(installed, tmp_path, "show", "runs/cart-pole-seed1")
    assert command(installed, tmp_path, "new", "mine")
    assert (tmp_path / "mine" / "pyproject.toml").is_file()


@pytest.mark.parametrize(
    "words",
    [
        ["study", "benchmarks/studies/depth.toml"],
        ["show", "benchmarks/seeds/hopper-seed2.h5"],
        ["compare", "benchmarks/studies/depth"],
        ["evolve", "forager", "--plugin", "examples/forager/forager.py"],
    ],
)
def test_what_a_wheel_lacks_is_one_line_that_says_where_it_is(
    installed: Path, tmp_path: Path, words: list[str]
) -> None:
    done = subprocess.run(
        [str(installed / "bin" / "neurosim-rl"), *words],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1, done.stderr
    fetch = f"pip download --no-deps --no-binary neurosim-rl neurosim-rl=={neurosim_rl.__version__}"
    assert f"is in the source distribution, not in the installed package: {fetch}" in done.stderr


def test_tests_run_from_the_sources(sources: Path) -> None:
    """A few, of different kinds: the structure, settings, a committed study, the site's files, a network in NEST."""
    chosen = [
        "tests/test_structure.py",
        "tests/settings/test_layers.py",
        "tests/site/test_citation.py",
        "tests/site/test_containers.py",
        "tests/simulators/test_nest.py",
        "tests/studies/test_committed.py::test_a_table_is_that_of_the_study_beside_it",
    ]
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    printed = run([sys.executable, "-m", "pytest", *options, *chosen], sources, PYTHONPATH=str(sources))
    assert re.search(r"^\d{2,} passed", printed.splitlines()[-1]), printed
