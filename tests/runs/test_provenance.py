"""Record of the packages, the processor and the commit behind a result."""

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from neurosim_rl.runs import provenance as provenance_module
from neurosim_rl.runs.provenance import commit, packages, processor, provenance


def test_provenance_names_versions_command_and_host() -> None:
    made = provenance()
    assert {"python", "neurosim-rl", "nest-simulator", "numpy", "gymnasium"} <= set(made["versions"])
    assert made["command"]
    assert isinstance(made["host"], str)
    assert json.loads(json.dumps(made)) == made  # a champion's file holds it as JSON


def test_a_package_that_is_not_installed_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance_module, "_PACKAGES", ("numpy", "no-such-package"))
    assert set(provenance()["versions"]) == {"python", "numpy"}


def test_packages_are_those_whose_modules_are_loaded() -> None:
    # A process of its own, so that what other tests import is not loaded.
    code = "import json, h5py; from neurosim_rl.runs.provenance import packages; print(json.dumps(packages()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert found["h5py"] == metadata.version("h5py")
    assert found["numpy"] == metadata.version("numpy")
    assert "pytest" not in found
    assert "pytest" in packages()


OF_THE_STANDARD_LIBRARY = """
import json, sys
from importlib import metadata
import matplotlib.pyplot, gymnasium, numba, pandas
from neurosim_rl.runs.provenance import packages
loaded = {name.partition(".")[0] for name in sys.modules}
owners = [names for module, names in metadata.packages_distributions().items() if module in loaded]
names = {name for found in owners for name in found}
print(json.dumps([packages(), {name: metadata.version(name) for name in names}]))
"""


def test_packages_are_those_that_the_standard_library_finds() -> None:
    # A process of its own: setuptools, once imported, adds a folder with packages that nobody installed.
    done = subprocess.run([sys.executable, "-c", OF_THE_STANDARD_LIBRARY], capture_output=True, text=True, check=True)
    found, expected = json.loads(done.stdout)
    assert found == expected
    assert len(found) > 15


def test_the_processor_is_described_by_what_chooses_code() -> None:
    found = processor()
    assert found["machine"]
    assert found["numba"]
    assert found["blas"]
    assert set(found) == {"machine", "numpy", "numba", "blas", "libc"}


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@b.c")
    done = subprocess.run(["git", "-C", folder, *who, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_checkout_has_a_commit_and_says_whether_its_files_differ(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "file").write_text("one")
    git(tmp_path, "add", "file")
    git(tmp_path, "commit", "-q", "-m", "first")
    head = git(tmp_path, "rev-parse", "HEAD")
    assert commit(tmp_path) == head
    (tmp_path / "file").write_text("two")
    assert commit(tmp_path) == f"{head}-dirty"


def test_a_folder_inside_another_project_has_no_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "inside").mkdir()
    assert commit(tmp_path / "inside") is None
