"""GIFs of champions: pictures of the recorded episode, at the speed of the world that they show."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from neurosim_rl.cli import main
from neurosim_rl.environments import EnvironmentOptions, make
from neurosim_rl.environments.pictures import pictures, steps_per_s
from neurosim_rl.errors import ConfigurationError, EnvironmentSetupError
from neurosim_rl.reports.video import record_video
from neurosim_rl.runs.champion import ChampionRecord, read_champion
from tests.tasks import NEEDS_MUJOCO


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


def test_a_gif_shows_the_recorded_episode_in_real_time(champion: ChampionRecord, tmp_path: Path) -> None:
    video = record_video(champion, tmp_path / "new" / "pole.gif", steps=40, width_px=90, fps=25.0)
    assert steps_per_s(options_of(champion)) == 50  # so that each second step is shown
    assert (video.steps, video.n_pictures) == (40, 21)
    assert video.episode_return == champion.recording.returns[0]
    assert video.start_seed == champion.recording.start_seeds[0]
    with Image.open(video.path) as image:
        assert image.format == "GIF"
        assert image.width == 90
        assert image.height == 60
        frames = [
            frame.info["duration"] for frame in ImageSequence.Iterator(image)
        ]  # equal pictures are one, for longer
        assert len(frames) > 1
        assert sum(frames) == 21 * 40


def test_another_start_is_played_by_the_network(champion: ChampionRecord, tmp_path: Path) -> None:
    video = record_video(champion, tmp_path / "pole.gif", start_seed=3, steps=4, width_px=60)
    assert video.start_seed == 3
    assert video.episode_return > 400


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("pole.mp4", {}, "expected a name that ends with .gif"),
        ("pole.gif", {"steps": 0}, "at least 1 step"),
        ("pole.gif", {"fps": 60.0}, "at most 50 pictures"),
        ("pole.gif", {"width_px": 3}, "a width of 16 to 4096 pixels"),
        ("pole.gif", {"width_px": 10**9}, "a width of 16 to 4096 pixels"),
        ("pole.gif", {"fps": float("nan")}, "at most 50 pictures"),
    ],
)
def test_options_out_of_range_are_refused(
    champion: ChampionRecord, name: str, options: dict, message: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        record_video(champion, tmp_path / name, **options)
    assert not list(tmp_path.iterdir())


def test_an_environment_that_draws_nothing_is_refused(toys: None) -> None:
    with pytest.raises(EnvironmentSetupError, match="draws no pictures"):
        list(pictures(EnvironmentOptions(id="Corridor-v0"), 0, np.zeros((1, 1))))


def test_the_command_writes_a_gif(tmp_path: Path, capsys) -> None:
    path = tmp_path / "car.gif"
    arguments = ["record", "champion:mountain-car", "--out", str(path), "--steps", "9", "--width", "64", "--json"]
    assert main(arguments) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["path"] == str(path)
    assert result["steps"] == 9
    assert path.read_bytes().startswith(b"GIF89a")
    assert main(["record", "champion:mountain-car", "--out", str(path), "--seed", "-1"]) == 2
    assert "expected a seed" in capsys.readouterr().err


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
