"""Results that are part of the repository: what their files say, and what the README says of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurosim_rl.experiment import prepare
from neurosim_rl.study import Study, StudyTable, read_study
from neurosim_rl.study.specification import settings_digest

STUDIES = Path(__file__).parents[2] / "benchmarks" / "studies"
TABLES = sorted(STUDIES.glob("*/study.h5"))


@pytest.fixture(params=TABLES, ids=lambda path: path.parent.name)
def committed(request: pytest.FixtureRequest) -> tuple[Path, Study, StudyTable]:
    path: Path = request.param
    return path, read_study(STUDIES / f"{path.parent.name}.toml"), StudyTable.read(path)


@pytest.mark.parametrize("path", sorted(STUDIES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_study_can_be_run_and_says_how(path: Path) -> None:
    study = read_study(path)
    assert study.name == path.stem
    assert f"neurosim-rl study benchmarks/studies/{path.name} --out benchmarks/studies/{path.stem} --discard-runs" in (
        path.read_text()
    )
    assert len({settings_digest(study.configuration(cell)) for cell in study.cells()}) == len(study.cells())


def test_a_table_is_that_of_the_study_beside_it(committed: tuple[Path, Study, StudyTable]) -> None:
    path, study, table = committed
    assert table.specification == (STUDIES / f"{path.parent.name}.toml").read_text()
    assert table.names <= set(study.runs())


def test_rows_were_made_with_the_settings_that_the_study_has_today(committed: tuple[Path, Study, StudyTable]) -> None:
    _, study, table = committed
    digests = {cell: settings_digest(prepare(study.configuration(cell))) for cell in study.cells()}
    runs = study.runs()
    assert {row.name for row in table.rows if row.settings != digests[runs[row.name][0]]} == set()
    assert not [row.name for row in table.rows if row.problem]
