from pathlib import Path

import pytest

from neurosim_rl.errors import ConfigurationError, UnknownNameError
from neurosim_rl.submission import ClusterProfile, load_profile


@pytest.fixture
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of named profiles, with one named ``jureca``."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    folder = tmp_path / "neurosim-rl"
    folder.mkdir()
    (folder / "jureca.toml").write_text('partition = "dc-cpu"\nnodes = 2\nmodules = ["GCC", "NEST/3.8"]\n')
    return folder


def test_without_a_profile_everything_is_left_to_the_cluster() -> None:
    assert load_profile() == ClusterProfile()


def test_a_profile_is_found_by_name(profiles: Path) -> None:
    profile = load_profile("jureca")
    assert (profile.partition, profile.nodes, profile.modules) == ("dc-cpu", 2, ("GCC", "NEST/3.8"))


def test_a_profile_is_found_by_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('account = "me"\n')
    assert load_profile(str(file)).account == "me"


def test_options_of_the_command_line_win(profiles: Path) -> None:
    profile = load_profile("jureca", {"partition": "test", "workers_per_node": 3})
    assert (profile.partition, profile.nodes, profile.n_workers) == ("test", 2, 6)


def test_an_unknown_name_is_told_with_the_nearest(profiles: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"unknown profile 'jurecca'\. Did you mean 'jureca'\?"):
        load_profile("jurecca")


def test_the_folder_is_told_when_it_holds_no_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with pytest.raises(UnknownNameError, match=rf"one of {tmp_path}/neurosim-rl: it has none"):
        load_profile("jureca")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("partion = 'a'", r"unknown key in \[profile\] 'partion'\. Did you mean 'partition'"),
        ("nodes = 0", "profile.nodes = 0 is out of range; expected at least 1"),
        ("nodes = 'two'", "expected a whole number, got str"),
        ("modules = 'NEST'", "expected a list of strings, got str"),
        ("modules = [1]", "expected a string, got int"),
        ("time = 'an hour'", "profile.time = 'an hour': expected a value for sbatch, such as 04:00:00"),
        ("memory = '4 GB'", "profile.memory = '4 GB': expected a value for sbatch, such as 4G"),
        ("partition = 'a b'", "profile.partition = 'a b': expected a name without spaces"),
        ("directives = ['constraint=avx2']", "is no option of sbatch; expected a form such as --constraint=avx2"),
        ("chain = 'requeu'", "Did you mean 'requeue'"),
        ("nodes = ", "is not valid TOML"),
    ],
)
def test_a_wrong_profile_is_refused(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(text)
    with pytest.raises(ConfigurationError, match=message):
        load_profile(str(file))


@pytest.mark.parametrize("time", ["90", "90:00", "04:00:00", "2-12", "2-12:30", "2-12:30:00"])
def test_every_form_of_time_that_sbatch_documents_is_taken(time: str) -> None:
    assert load_profile(None, {"time": time}).time == time
