from pathlib import Path

from neurosim_rl.dashboard.finding import DEEPEST, run_folders


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path.parent


def test_runs_are_found_at_any_depth_by_any_of_their_files(tmp_path: Path) -> None:
    expected = [
        touch(tmp_path / "a" / "config.toml"),
        touch(tmp_path / "b" / "c" / "run.h5"),
        touch(tmp_path / "b" / "d" / "champion.h5"),
        touch(tmp_path / "e" / "events.log"),
    ]
    touch(tmp_path / "f" / "notes.txt")
    assert run_folders(tmp_path) == expected


def test_a_folder_that_is_a_run_is_its_own_only_run(tmp_path: Path) -> None:
    touch(tmp_path / "config.toml")
    touch(tmp_path / "figures" / "config.toml")
    assert run_folders(tmp_path) == [tmp_path]


def test_a_study_is_no_run_but_its_kept_runs_are(tmp_path: Path) -> None:
    touch(tmp_path / "study" / "events.log")
    touch(tmp_path / "study" / "study.h5")
    kept = touch(tmp_path / "study" / "runs" / "one" / "config.toml")
    assert run_folders(tmp_path) == [kept]


def test_links_are_not_followed_and_hidden_or_deeper_folders_are_not_searched(tmp_path: Path) -> None:
    outside = touch(tmp_path / "outside" / "run" / "config.toml")
    root = tmp_path / "root"
    root.mkdir()
    (root / "run").symlink_to(outside)
    (root / "all").symlink_to(outside.parent)
    (root / "loop").symlink_to(root)
    touch(root / ".hidden" / "config.toml")
    touch(root.joinpath(*"x" * (DEEPEST + 1)) / "config.toml")
    assert run_folders(root) == []
    deepest = touch(root.joinpath(*"y" * DEEPEST) / "config.toml")
    assert run_folders(root) == [deepest]


def test_a_folder_that_is_gone_has_no_runs(tmp_path: Path) -> None:
    assert run_folders(tmp_path / "gone") == []
