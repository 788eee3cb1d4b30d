"""Files of films: animated GIF by Pillow, and MP4 (H.264) by FFmpeg."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import numpy as np
from PIL import Image

from neurosim_rl.errors import ConfigurationError, EnvironmentSetupError
from neurosim_rl.runs.files import writing
from neurosim_rl.settings.checks import lookup, require_extra

COLOURS = 128
"""Colours in the palette of a GIF."""
LEAST_MS = 20
"""Shortest time for which viewers show a picture of a GIF; they show shorter ones for longer."""
QUALITY = 20
"""Constant rate factor of H.264, from 0 (best) to 51."""
LONGEST_REASON = 200


def write_gif(frames: Iterator[np.ndarray], path: Path, fps: float) -> None:
    """Write frames as an animated GIF with one palette, that of the first frame.

    Parameters
    ----------
    frames : iterator of uint8 array, shape (height, width, 3)
    path : path
    fps : float
        Frames per second, as `gif_fps` returns.

    Raises
    ------
    RunFolderError
        When the file cannot be written.
    """
    first = Image.fromarray(next(frames))
    palette = first.quantize(COLOURS)
    coloured = (_coloured(Image.fromarray(frame), palette) for frame in frames)
    with writing(path) as temporary:
        _coloured(first, palette).save(
            temporary, format="GIF", save_all=True, append_images=coloured, duration=round(1000 / fps), loop=0
        )


def gif_fps(fps: float) -> float:
    """Return the frames per second of a GIF that are nearest to a wish: a GIF stores times in 1/100 s."""
    return 1000 / max(LEAST_MS, round(100 / fps) * 10)


def _coloured(image: Image.Image, palette: Image.Image) -> Image.Image:
    return image.quantize(palette=palette, dither=Image.Dither.NONE)


def write_mp4(frames: Iterator[np.ndarray], path: Path, fps: float) -> None:
    """Write frames as MP4 (H.264, yuv420p, which browsers and slides play).

    Parameters
    ----------
    frames : iterator of uint8 array, shape (height, width, 3)
        Height and width are even.
    path : path
    fps : float

    Raises
    ------
    MissingExtraError
        When imageio-ffmpeg is not installed.
    EnvironmentSetupError
        When there is no FFmpeg on this machine.
    RunFolderError
        When the file cannot be written.
    """
    program = ffmpeg()
    first = next(frames)
    height, width = first.shape[:2]
    given = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", f"{fps:g}", "-i", "-"]
    coded = ["-an", "-c:v", "libx264", "-crf", str(QUALITY), "-pix_fmt", "yuv420p", "-movflags", "+faststart"]
    with writing(path) as temporary:
        command = [program, "-y", "-v", "error", *given, *coded, "-f", "mp4", str(temporary)]
        _encode(command, chain([first], frames))


def ffmpeg() -> str:
    """Return the path of FFmpeg: that of the package imageio-ffmpeg, of ``IMAGEIO_FFMPEG_EXE``, or of the system.

    Raises
    ------
    MissingExtraError
        When imageio-ffmpeg is not installed.
    EnvironmentSetupError
        When there is no FFmpeg on this machine.
    """
    library = require_extra("imageio_ffmpeg", "video")
    try:
        return str(library.get_ffmpeg_exe())
    except RuntimeError as error:
        raise EnvironmentSetupError(
            "there is no FFmpeg for MP4 on this machine. Install it (Debian: ffmpeg), name it in IMAGEIO_FFMPEG_EXE, "
            "or write a .gif."
        ) from error


def _encode(command: list[str], frames: Iterator[np.ndarray]) -> None:
    """Give frames to FFmpeg.

    Raises
    ------
    OSError
        When FFmpeg fails; gives its reason in one line.
    """
    with tempfile.TemporaryFile() as reasons:
        # A session of its own: Ctrl-C in the terminal is for this process, which ends FFmpeg.
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=reasons, start_new_session=True)
        assert process.stdin is not None
        try:
            try:
                for frame in frames:
                    process.stdin.write(np.ascontiguousarray(frame).data)
                process.stdin.close()
            except BrokenPipeError:
                pass  # FFmpeg has ended: its reason says more
            failed = process.wait() != 0
        finally:
            process.kill()
            process.wait()
        if failed:
            reasons.seek(0)
            raise OSError(f"FFmpeg: {_one_line(reasons.read())}")


def _one_line(reasons: bytes) -> str:
    """Return the first line that FFmpeg printed, without the part of it that speaks; later ones are consequences."""
    lines = reasons.decode("utf-8", "replace").split("\n")
    told = [re.sub(r"^\[[^]]*\] ", "", line.strip()) for line in lines if line.strip()]
    return told[0][:LONGEST_REASON] if told else "no reason given"


Writer = Callable[[Iterator[np.ndarray], Path, float], None]
FORMATS: dict[str, Writer] = {"gif": write_gif, "mp4": write_mp4}
"""Function that writes a film, by the ending of its name."""


def film_format(path: Path, given: str | None = None) -> str:
    """Return the format of a film: the given one, or that of the file's ending.

    Raises
    ------
    ConfigurationError
        When it is neither ``gif`` nor ``mp4``.
    """
    if given is None:
        name = path.suffix.lower().removeprefix(".")
        if name not in FORMATS:
            raise ConfigurationError(f"{path}: expected a name that ends with .gif or .mp4, or --format.")
        return name
    lookup("format of a film", given.lower(), FORMATS)
    return given.lower()
