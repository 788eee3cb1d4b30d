"""HDF5 files of a stranger: cut, with changed bytes, or with one entry changed, under a new seal."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from benchmarks.crafted_places import replace
from benchmarks.crafted_settings import BAD_TEXTS, spoil_settings

Rng = np.random.Generator

BAD_JSON = ("5", "null", '""', '"\\n"', '{"a": 1}', "[[]]", '"a\\u001b[31mb\\nneurosim-rl: fine"')
STAGES = ("recording", "unseen starts", "validation", "nowhere")


def spoil_file(rng: Rng, path: Path, outside: Path) -> str:
    """Spoil one HDF5 file in place; return the description."""
    way = rng.random()
    if way < 0.08:
        return replace(rng, path, outside)
    if way < 0.2:
        return _damage(rng, path)
    change = _CHANGES[int(rng.integers(len(_CHANGES)))]
    image = io.BytesIO(_content(path))
    try:
        with h5py.File(image, "r+") as file:
            what = change(rng, file, outside)
    except (KeyError, OSError, RuntimeError, TypeError, ValueError) as error:  # not for this file
        return f"nothing: {change.__name__} {type(error).__name__}"
    _write(path, image.getvalue())
    return what


def _damage(rng: Rng, path: Path) -> str:
    content = bytearray(_content(path))
    if rng.random() < 0.3:
        length = int(rng.integers(len(content)))
        _write(path, bytes(content[:length]))
        return f"cut to {length} bytes, with a new seal"
    n = int(rng.integers(1, 30))
    for place in rng.integers(len(content), size=n):
        content[place] = int(rng.integers(256))
    _write(path, bytes(content))
    return f"{n} bytes changed, with a new seal"


def _content(path: Path) -> bytes:
    content = path.read_bytes()
    return content[:-85] if b"neurosim-rl sha256" in content[-85:] else content


def _write(path: Path, content: bytes) -> None:
    seal = f"\nneurosim-rl sha256 {hashlib.sha256(content).hexdigest()}\n".encode()
    path.write_bytes(content if path.suffix == ".nir" else content + seal)


# --- changes ---


def _entries(file: h5py.File, kind: type) -> list[str]:
    found: list[str] = []
    file.visititems(lambda name, entry: found.append(name) if isinstance(entry, kind) else None)
    return sorted(found)


def _dataset(rng: Rng, file: h5py.File) -> tuple[str, np.ndarray]:
    """Return a random dataset's name and values, and remove it."""
    name = str(rng.choice(_entries(file, h5py.Dataset)))
    values = file[name][()]
    del file[name]
    return name, np.asarray(values)


def _external(rng: Rng, file: h5py.File, outside: Path) -> str:
    name, values = _dataset(rng, file)
    source = str(outside / "secret")
    n = max(values.size, 1)
    file.create_dataset(name, shape=(n,), dtype="f8", external=[(source, 0, 8 * n)])
    return f"{name} is in another file"


def _virtual(rng: Rng, file: h5py.File, outside: Path) -> str:
    name, values = _dataset(rng, file)
    layout = h5py.VirtualLayout(shape=values.shape or (1,), dtype="f8")
    layout[...] = h5py.VirtualSource(str(outside / "secret.h5"), "vector", shape=values.shape or (1,))
    file.create_virtual_dataset(name, layout)
    return f"{name} is virtual"


def _soft_link(rng: Rng, file: h5py.File, outside: Path) -> str:
    name, _ = _dataset(rng, file)
    others = [*_entries(file, h5py.Dataset), name, "/", "nowhere"]
    file[name] = h5py.SoftLink(f"/{rng.choice(others)}".replace("//", "/"))
    return f"{name} is a soft link"


def _external_link(rng: Rng, file: h5py.File, outside: Path) -> str:
    name, _ = _dataset(rng, file)
    file[name] = h5py.ExternalLink(str(outside / "secret.h5"), "vector")
    return f"{name} is a link to another file"


def _second_name(rng: Rng, file: h5py.File, outside: Path) -> str:
    groups = [*_entries(file, h5py.Group), "/"]
    file[f"{rng.choice(groups)}/again"] = file["/"] if rng.random() < 0.5 else file[str(rng.choice(groups))]
    return "a group is inside itself"


def _bomb(rng: Rng, file: h5py.File, outside: Path) -> str:
    name, values = _dataset(rng, file)
    n = 2 ** int(rng.integers(24, 42))
    shape = (n,) if values.ndim < 2 else (n, *[1] * (values.ndim - 1))
    chunks = (min(n, 2**24), *[1] * (len(shape) - 1)) if rng.random() < 0.7 else None
    filters = {"compression": "gzip", "chunks": chunks} if chunks else {}
    dataset = file.create_dataset(name, shape=shape, dtype=values.dtype, **filters)
    if chunks:
        dataset[: 2**20] = np.zeros((2**20, *shape[1:]), values.dtype)
    return f"{name} has {n} values"


def _other_type(rng: Rng, file: h5py.File, outside: Path) -> str:
    name, values = _dataset(rng, file)
    kind = str(
        rng.choice(["complex", "compound", "vlen", "reference", "text", "opaque", "empty", "f16", "enum", "time"])
    )
    numbers = np.nan_to_num(np.atleast_1d(values).astype("f8")) if values.dtype.kind in "biuf" else np.zeros(3)
    if kind == "complex":
        file[name] = numbers + 1j
    elif kind == "compound":
        file[name] = np.zeros(numbers.shape, [("a", "f8"), ("b", "i4")])
    elif kind == "vlen":
        file.create_dataset(name, (3,), dtype=h5py.vlen_dtype("f8"))
    elif kind == "reference":
        file.create_dataset(name, (3,), dtype=h5py.ref_dtype)
    elif kind == "text":
        file.create_dataset(name, data=["\x1b[31m"] * max(len(numbers), 1), dtype=h5py.string_dtype())
    elif kind == "opaque":
        file[name] = np.zeros(3, "V7")
    elif kind == "empty":
        file[name] = h5py.Empty("f8")
    elif kind == "enum":
        file[name] = np.zeros(3, h5py.enum_dtype({"a": 1, "b": 2, "c": 3}))
    elif kind == "time":
        file[name] = numbers.astype("M8[s]").astype(h5py.opaque_dtype("M8[s]"))
    else:
        file[name] = numbers.astype(np.longdouble)
    return f"{name} has values of type {kind}"


def _other_shape(rng: Rng, file: h5py.File, outside: Path) -> str:
    name, values = _dataset(rng, file)
    changes: list[Callable[[np.ndarray], Any]] = [
        lambda v: v[None],
        np.ravel,
        lambda v: np.atleast_1d(v)[:0],
        lambda v: np.atleast_1d(v)[:-1],
        lambda v: np.concatenate([np.atleast_1d(v)] * 2),
        lambda v: v.ravel()[0],
        lambda v: np.swapaxes(np.atleast_2d(v), 0, 1),
    ]
    file[name] = changes[int(rng.integers(len(changes)))](values)
    return f"{name} has the shape {file[name].shape} instead of {values.shape}"


def _other_values(rng: Rng, file: h5py.File, outside: Path) -> str:
    name, values = _dataset(rng, file)
    bad = (
        [0, -1, 1, 2**31, 2**62, -(2**62)] if values.dtype.kind in "iu" else [0.0, np.nan, np.inf, -1e308, 1e-320, 1e9]
    )
    value: Any = bad[int(rng.integers(len(bad)))]
    if values.dtype.kind in "iuf":
        changed = np.atleast_1d(values).copy()
        if values.dtype.itemsize < 8 and values.dtype.kind in "iu":
            value = int(np.clip(value, np.iinfo(values.dtype).min, np.iinfo(values.dtype).max))
        changed.flat[int(rng.integers(max(changed.size, 1))) if rng.random() < 0.5 else slice(None)] = value
        file[name] = changed.reshape(values.shape)
    else:
        value = str(rng.choice([*BAD_TEXTS, str(outside), "../../../outside", ".."]))
        file.create_dataset(name, data=np.full(values.shape, value), dtype=h5py.string_dtype())
    return f"{name} has the value {value}"


def _attribute(rng: Rng, file: h5py.File, outside: Path) -> str:
    places = ["/", *_entries(file, h5py.Group)]
    name = str(rng.choice([place for place in places if len(file[place].attrs)]))
    key = str(rng.choice(sorted(file[name].attrs)))
    texts: list[Any] = [*BAD_TEXTS]
    values: list[Any] = [
        np.zeros(3),
        -3,
        10**12,
        1.5,
        True,
        np.nan,
        h5py.Empty("f8"),
        np.zeros(2, "V4"),
        1 + 2j,
        b"x\xff",
    ]
    value = texts[int(rng.integers(len(texts)))] if rng.random() < 0.4 else values[int(rng.integers(len(values)))]
    if key == "config" and rng.random() < 0.8:
        value = spoil_settings(rng, file[name].attrs[key], outside)
    if rng.random() < 0.1:
        del file[name].attrs[key]
        return f"attribute {key} of {name} is missing"
    file[name].attrs[key] = value
    return f"attribute {key} of {name} is {str(value)[:60]!r}"


def _stages(rng: Rng, file: h5py.File, outside: Path) -> str:
    """Put values of other types among the stages that are missing or failed."""
    name = str(rng.choice(["missing", "stage_failures"]))
    stage, value = str(rng.choice(STAGES)), str(rng.choice(BAD_JSON))
    text = f"[{value}]" if name == "missing" else f'{{"{stage}": {value}}}'
    if name in file:
        del file[name]
    file[name] = text
    return f"{name} is {text}"


def _settings(rng: Rng, file: h5py.File, outside: Path) -> str:
    if "config" in file.attrs:
        file.attrs["config"] = spoil_settings(rng, file.attrs["config"], outside)
        return f"config: {file.attrs['config'][:60]!r}"
    place = file["node/metadata"]
    text = spoil_settings(rng, place["neurosim_rl"][()].decode(), outside)
    del place["neurosim_rl"]
    place["neurosim_rl"] = text
    return f"metadata: {text[:60]!r}"


def _deep(rng: Rng, file: h5py.File, outside: Path) -> str:
    group = file
    for _ in range(int(rng.integers(40, 400))):
        group = group.create_group("g")
    return "a hundred groups inside each other"


def _removed(rng: Rng, file: h5py.File, outside: Path) -> str:
    names = [*_entries(file, h5py.Dataset), *_entries(file, h5py.Group)]
    name = str(rng.choice(names))
    del file[name]
    return f"{name} is missing"


_CHANGES = (
    _external,
    _virtual,
    _soft_link,
    _external_link,
    _second_name,
    _bomb,
    _other_type,
    _other_type,
    _other_shape,
    _other_shape,
    _other_values,
    _other_values,
    _other_values,
    _attribute,
    _attribute,
    _stages,
    _settings,
    _settings,
    _deep,
    _removed,
)
