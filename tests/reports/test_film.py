"""Films of champions: pictures of the recorded episode with spikes and actions, at the speed that was asked for."""

import contextlib
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageSequence

from neurosim_rl.cli import main
from neurosim_rl.environments import EnvironmentOptions, make
from neurosim_rl.environments.pictures import pictures, steps_per_s
from neurosim_rl.errors import ConfigurationError, EnvironmentSetupError, MissingExtraError, RunFolderError
from neurosim_rl.reports import film as film_module
from neurosim_rl.reports import film_file, progress
from neurosim_rl.reports.film import FilmOptions, record_film
from neurosim_rl.reports.subject import Subject
from neurosim_rl.reports.view import View
from neurosim_rl.runs.champion import ChampionRecord, read_champion
from neurosim_rl.runs.files import writing
from tests.tasks import NEEDS_MUJOCO

imageio_ffmpeg = pytest.importorskip("imageio_ffmpeg", reason="needs the extra [video]")


@pytest.fixture(scope="module")
def champion() -> ChampionRecord:
    return read_champion("champion:cart-pole")


def options_of(champion: ChampionRecord) -> EnvironmentOptions:
    return champion.config.environment


def test_pictures_are_those_of_the_episode(champion: ChampionRecord) -> None:
    actions = champion.recording.traces.actions[0, :7]
    seed = int(champion.recording.start_seeds[0])
    shown = list(pictures(options_of(champion), seed, actions, every=3))
    env = make(options_of(champion), render_mode="rgb_array")
    env.reset(seed=seed)
    expected = [env.render()]
    for number, action in enumerate(actions[:, 0], start=1):
        env.step(int(action))
        if number % 3 == 0:
            expected.append(env.render())
    env.close()
    assert len(shown) == 3
    np.testing.assert_array_equal(shown, expected)
    assert (shown[0] != shown[2]).any()


def test_padding_of_a_record_is_not_played(champion: ChampionRecord) -> None:
    actions = np.concatenate([champion.recording.traces.actions[0, :2], np.full((5, 1), np.nan)])
    assert len(list(pictures(options_of(champion), 0, actions))) == 3


def film(champion: ChampionRecord, path: Path, view: View | None = None, start_seed: int | None = None, **options: Any):
    subject = Subject(champion.config, None, champion, None, view or View())
    return record_film(subject, path, FilmOptions(**options), start_seed=start_seed)


def read_mp4(path: Path) -> tuple[dict[str, Any], np.ndarray]:
    """Return what FFmpeg finds in a file, and its frames, shape (n_frames, height, width, 3)."""
    reader = imageio_ffmpeg.read_frames(str(path))
    found = next(reader)
    width, height = found["size"]
    return found, np.array([np.frombuffer(frame, np.uint8).reshape(height, width, 3) for frame in reader])


def read_gif(path: Path) -> tuple[list[int], np.ndarray]:
    """Return how long each frame is shown in ms, and the frames."""
    with Image.open(path) as image:
        frames = [(frame.info["duration"], np.asarray(frame.convert("RGB"))) for frame in ImageSequence.Iterator(image)]
    return [duration for duration, _ in frames], np.array([frame for _, frame in frames])


def test_a_gif_of_the_environment_shows_the_recorded_episode_in_real_time(
    champion: ChampionRecord, tmp_path: Path
) -> None:
    made = film(champion, tmp_path / "new" / "pole.gif", steps=40, size_px=(90, 0), fps=25.0, environment_only=True)
    assert steps_per_s(options_of(champion)) == 50  # so that each second step is shown
    assert (made.steps, made.n_pictures, made.fps, made.width_px, made.height_px) == (40, 21, 25, 90, 60)
    shown = Subject(champion.config, None, champion, None).trial
    assert made.episode_return == champion.recording.returns[shown]
    assert made.start_seed == champion.recording.start_seeds[shown]
    durations, frames = read_gif(made.path)  # equal pictures are one, for longer
    assert frames.shape[1:] == (60, 90, 3)
    assert len(frames) > 1
    assert sum(durations) == 21 * 40


@pytest.mark.parametrize("speed", [0.5, 2.0])
def test_an_mp4_has_the_frames_the_size_and_the_speed_that_were_asked_for(
    champion: ChampionRecord, speed: float, tmp_path: Path
) -> None:
    made = film(champion, tmp_path / "pole.mp4", steps=20, size_px=(640, 360), fps=25.0, speed=speed)
    found, frames = read_mp4(made.path)
    seconds = 20 / 50 / speed
    assert made.n_pictures == len(frames) == round(25 * seconds) + 1
    assert found["fps"] == made.fps == 25
    assert found["size"] == (640, 360) == (made.width_px, made.height_px)
    assert found["codec"] == "h264"


def test_the_cursor_of_a_film_moves_with_time_and_nothing_else_does_in_the_raster(
    champion: ChampionRecord, tmp_path: Path
) -> None:
    made = film(champion, tmp_path / "pole.gif", View(neurons=("output[0]",)), steps=10, fps=10.0, speed=0.5)
    durations, frames = read_gif(made.path)
    assert durations == [100] * made.n_pictures  # 25 steps in a second at half speed: a frame for each 2.5
    raster = frames[:-1, 330:470, 460:800].astype(int)  # the last one is at the end of the axis
    columns = []
    for before, after in itertools.pairwise(raster):
        changed = np.flatnonzero(np.abs(after - before).sum(axis=(0, 2)) > 1000)
        assert len(changed) <= 8  # the old and the new place of a line
        columns.append(changed.max())
    distances = np.diff(columns)
    assert (distances > 0).all()
    assert np.ptp(distances) <= 2
    left = frames[:, :, :340]
    assert (left[0] != left[-1]).any()


def test_another_start_is_played_by_the_network(champion: ChampionRecord, tmp_path: Path) -> None:
    made = film(champion, tmp_path / "pole.gif", start_seed=3, steps=4, size_px=(60, 0), environment_only=True)
    assert made.start_seed == 3
    assert made.episode_return > 400


def test_a_recorded_start_and_a_numbered_episode_need_no_simulation(
    champion: ChampionRecord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(film_module, "record", None)
    seed = int(champion.recording.start_seeds[1])
    small: dict[str, Any] = {"steps": 4, "size_px": (60, 0), "environment_only": True}
    assert film(champion, tmp_path / "a.gif", start_seed=seed, **small).start_seed == seed
    assert film(champion, tmp_path / "b.gif", View(episode=2), **small).start_seed == seed
    with pytest.raises(ConfigurationError, match="expected 1 to 10, the recorded episodes"):
        film(champion, tmp_path / "c.gif", View(episode=11), **small)


def test_a_part_of_an_episode_begins_with_its_own_picture(champion: ChampionRecord, tmp_path: Path) -> None:
    made = film(
        champion,
        tmp_path / "p.mp4",
        View(episode=1, time_range="30:40"),
        size_px=(600, 400),
        environment_only=True,
        fps=50.0,
    )
    assert (made.steps, made.n_pictures) == (10, 11)
    _, frames = read_mp4(made.path)
    seed, actions = int(champion.recording.start_seeds[0]), champion.recording.traces.actions[0, :40]
    whole = list(pictures(options_of(champion), seed, actions))
    for frame, picture in zip(frames, whole[30:41], strict=True):
        assert np.abs(frame.astype(int) - picture).mean() < 2  # H.264 loses a little


def test_a_policy_without_neurons_has_a_film_too(tmp_path: Path) -> None:
    made = film(read_champion("champion:cart-pole-linear"), tmp_path / "p.gif", steps=3)
    assert (made.width_px, made.height_px) == (960, 540)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("pole.avi", {}, "expected a name that ends with .gif or .mp4"),
        ("pole", {}, "expected a name that ends with .gif or .mp4"),
        ("pole", {"file_format": "mp5"}, "Did you mean 'mp4'"),
        ("pole.gif", {"steps": 0}, "at least 1 step"),
        ("pole.gif", {"fps": 60.0}, "at most 50 pictures"),
        ("pole.gif", {"fps": 0.0}, "expected above 0 and at most 50 pictures"),
        ("pole.mp4", {"fps": 121.0}, "at most 120 pictures"),
        ("pole.gif", {"speed": 0.0}, "expected a number above 0"),
        ("pole.gif", {"speed": 1e-7}, "expected fewer than 20000"),
        ("pole.gif", {"size_px": (3, 0), "environment_only": True}, "a width of 16 to 4096 pixels"),
        ("pole.gif", {"size_px": (10**9, 0)}, "a width of 480 to 4096 pixels"),
        ("pole.gif", {"size_px": (960, 100)}, "a height of 270"),
        ("pole.mp4", {"size_px": (961, 540)}, "expected even numbers"),
        ("pole.gif", {"fps": float("nan")}, "at most 50 pictures"),
    ],
)
def test_options_out_of_range_are_refused(
    champion: ChampionRecord, name: str, options: dict, message: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        film(champion, tmp_path / name, **options)
    assert not list(tmp_path.iterdir())


def test_neurons_that_are_too_many_or_unknown_are_refused_and_leave_no_file(
    champion: ChampionRecord, tmp_path: Path
) -> None:
    for neurons, message in (("input",), "at most 4 membranes"), (("outputs",), "Did you mean 'output'"):
        with pytest.raises(ConfigurationError, match=message):
            film(champion, tmp_path / "pole.gif", View(neurons=neurons))
    assert not list(tmp_path.iterdir())


def test_neurons_of_a_policy_without_any_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["record", "champion:pendulum-linear", "--out", str(tmp_path / "a.gif"), "--neuron", "output"]
    assert main(command) == 2
    assert "neurons 'output': model 'linear' has none. Omit them." in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_without_imageio_ffmpeg_the_extra_is_named(
    champion: ChampionRecord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(MissingExtraError, match=r"neurosim-rl\[video\]"):
        film(champion, tmp_path / "pole.mp4", steps=2)
    assert not list(tmp_path.iterdir())


def test_without_ffmpeg_the_error_says_what_to_install(
    champion: ChampionRecord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> str:
        raise RuntimeError("No ffmpeg exe could be found.")

    monkeypatch.setattr(imageio_ffmpeg, "get_ffmpeg_exe", missing)
    with pytest.raises(EnvironmentSetupError, match="no FFmpeg for MP4 on this machine"):
        film(champion, tmp_path / "pole.mp4", steps=2)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("ending", ["gif", "mp4"])
def test_a_full_disk_is_one_line_and_leaves_the_older_film(
    champion: ChampionRecord, tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"pole.{ending}"
    path.write_bytes(b"an older film")

    @contextlib.contextmanager
    def full(path: Path) -> Iterator[Path]:
        with writing(path) as temporary:
            temporary.symlink_to("/dev/full")
            yield temporary

    monkeypatch.setattr(film_file, "writing", full)
    with pytest.raises(RunFolderError, match="No space left on device") as raised:
        film(champion, path, steps=30, size_px=(600, 400), environment_only=True)
    assert "\n" not in str(raised.value)
    assert path.read_bytes() == b"an older film"
    assert list(tmp_path.iterdir()) == [path]


def test_an_environment_that_draws_nothing_is_refused(toys: None) -> None:
    with pytest.raises(EnvironmentSetupError, match="draws no pictures"):
        list(pictures(EnvironmentOptions(id="Corridor-v0"), 0, np.zeros((1, 1))))


def test_the_command_writes_a_gif_and_an_mp4(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, start in (("car.gif", b"GIF89a"), ("car.mp4", b"ftyp")):
        path = tmp_path / name
        arguments = ["record", "champion:mountain-car", "--out", str(path), "--steps", "9", "--size", "64", "--json"]
        assert main([*arguments, "--layout", "environment"]) == 0
        result = json.loads(capsys.readouterr().out)
        assert result["path"] == str(path)
        assert result["steps"] == 9
        assert result["width_px"] == 64
        assert start in path.read_bytes()[:16]
    path = tmp_path / "car"
    assert main(["record", "champion:mountain-car", "--out", str(path), "--format", "gif", "--steps", "2"]) == 0
    assert path.read_bytes().startswith(b"GIF89a")
    assert "960x540" in capsys.readouterr().out


def test_the_bar_of_a_film_counts_its_frames(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "FILM_DELAY_S", 0.0)
    with progress.film_bar() as bar:
        bar.refresh()
        bar.move(3, 4)
        bar.refresh()
        bar.move(4, 4)
    shown = capsys.readouterr().err
    assert "the episode" in shown  # before the first frame
    assert "3/4" in shown
    assert "4/4" in shown


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--seed", "-1"], "expected a seed"),
        (["--seed", "1", "--episode", "1"], "expected one of them"),
        (["--size", "big"], "such as 960x540"),
        (["--episode", "99"], "expected 1 to"),
    ],
)
def test_the_command_refuses_what_it_does_not_understand(
    options: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["record", "champion:mountain-car", "--out", str(tmp_path / "car.gif"), *options]) == 2
    assert message in capsys.readouterr().err


DRAW = """
import numpy as np
from neurosim_rl.environments import EnvironmentOptions
from neurosim_rl.environments.pictures import pictures
from neurosim_rl.errors import EnvironmentSetupError
try:
    shown = list(pictures(EnvironmentOptions(id="Swimmer-v5"), 0, np.ones((4, 2)), every=2))
    print(len(shown), shown[0].shape, bool((shown[0] != shown[-1]).any()))
except EnvironmentSetupError as error:
    print(error)
"""


def printed(code: str, **variables: str) -> str:
    """Return what a program prints on a machine without a display."""
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "MUJOCO_GL")}
    done = subprocess.run(
        [sys.executable, "-c", code], env={**environment, **variables}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def skip_unless_drawn(text: str) -> None:
    """Skip the test with the reason that the program gave."""
    if "cannot draw here" in text:
        pytest.skip(text)


@pytest.mark.mujoco
@NEEDS_MUJOCO[1]
@pytest.mark.skipif(sys.platform != "linux", reason="EGL and OSMesa are Linux's")
@pytest.mark.parametrize("variables", [{}, {"MUJOCO_GL": "osmesa"}], ids=["egl", "osmesa"])
def test_robots_are_drawn_without_a_display(variables: dict[str, str]) -> None:
    text = printed(DRAW, **variables)
    skip_unless_drawn(text)
    assert text == "3 (480, 480, 3) True"


@pytest.mark.mujoco
@NEEDS_MUJOCO[1]
def test_where_robots_cannot_be_drawn_it_is_said_what_to_do() -> None:
    text = printed(DRAW, MUJOCO_GL="none")
    assert "cannot draw here" in text
    assert "MUJOCO_GL=egl" in text


FOLLOW = """
import numpy as np
from neurosim_rl.environments import EnvironmentOptions
from neurosim_rl.environments.pictures import pictures
from neurosim_rl.errors import EnvironmentSetupError
from neurosim_rl.runs.champion import read_champion
recording = read_champion("champion:hopper").recording
try:
    actions = recording.traces.actions[0, :400]
    *_, last = pictures(EnvironmentOptions(id="Hopper-v5"), int(recording.start_seeds[0]), actions, every=400)
    skin = (last[..., 0].astype(int) > last[..., 2].astype(int) + 20).nonzero()
    print(len(skin[1]) > 500, round(float(skin[1].mean()) / last.shape[1], 1))
except EnvironmentSetupError as error:
    print(error)
"""


@pytest.mark.mujoco
@NEEDS_MUJOCO[1]
@pytest.mark.skipif(sys.platform != "linux", reason="drawing without a display is Linux's")
def test_the_camera_follows_a_robot_that_runs() -> None:
    text = printed(FOLLOW)
    skip_unless_drawn(text)
    assert text == "True 0.5"
