"""Examination of an HDF5 file before anything reads it: numbers and text inside the file itself, and nothing else.

HDF5 can name values in other files, values of other datasets, references, and data that grow a thousandfold when they
are decompressed. None of these is in a file of neurosim-rl or of NIR. A damaged file can also let the HDF5 library loop
for ever or crash. Therefore this file runs as a program of its own (see `neurosim_rl.runs.examiner`), and imports only
h5py: it starts in a fraction of a second.
"""

from __future__ import annotations

import io
import json
import math
import resource
import select
import sys
from collections.abc import Iterator
from typing import Any

import h5py
from h5py import h5a, h5d, h5g, h5l, h5o, h5s, h5t, h5z

LARGEST_COMPRESSED = 2**29
"""Largest size of all compressed datasets of a file after decompression, in bytes."""
DEEPEST, MOST_OBJECTS, MOST_DIMENSIONS = 32, 100_000, 8
"""Largest depth of groups, number of objects in a file, and number of dimensions of a dataset."""
LARGEST_ATTRIBUTE = 2**16
"""Largest size of an attribute in bytes; longer text is stored elsewhere, and bounded by the file."""
FILTERS = (h5z.FILTER_DEFLATE, h5z.FILTER_SHUFFLE, h5z.FILTER_FLETCHER32)
"""Filters that are part of HDF5; others may be loaded from a folder of plugins."""
IDLE_LIMIT_S, CPU_LIMIT_S = 3, 8
"""Time after which a program without work ends, and processor time for one file, in s."""
MEMORY = 3 * 2**29
"""Memory of the program beside the file itself, in bytes."""


class RefusedError(Exception):
    """The file holds something that is not read; the message says what."""


def examine(image: bytes) -> None:
    """Read everything in an HDF5 file, if all of it may be read.

    Parameters
    ----------
    image : bytes
        Content of the file.

    Raises
    ------
    RefusedError
        For anything but numbers and text in the file itself, or for sizes beyond the limits.
    Exception
        What h5py raises for a damaged file.
    """
    with h5py.File(io.BytesIO(image), "r") as file:
        datasets = list(_datasets(file))
        _check_sizes(datasets, len(image))
        for _, dataset in datasets:
            dataset[()]


def _datasets(file: h5py.File) -> Iterator[tuple[str, h5py.Dataset]]:
    """Give all datasets with their names, after a look at each object."""
    n_objects = 0
    seen: set[Any] = set()
    waiting: list[tuple[str, h5g.GroupID, int]] = [("/", h5g.open(file.id, b"/"), 0)]
    while waiting:
        name, group, depth = waiting.pop()
        _check_attributes(name, group)
        if depth > DEEPEST:
            raise RefusedError(f"group {name!r} is more than {DEEPEST} levels deep")
        for raw in list(group):
            n_objects += 1
            if n_objects > MOST_OBJECTS:
                raise RefusedError(f"it has more than {MOST_OBJECTS} objects")
            inner = f"{name.rstrip('/')}/{raw.decode('utf-8', 'surrogateescape')}"
            if group.links.get_info(raw).type != h5l.TYPE_HARD:
                raise RefusedError(f"{inner!r} is a link to another place or file")
            info = h5o.get_info(group, raw)
            if (info.fileno, info.addr) in seen:
                raise RefusedError(f"{inner!r} is an object with two names")
            seen.add((info.fileno, info.addr))
            if info.type == h5o.TYPE_GROUP:
                waiting.append((inner, h5g.open(group, raw), depth + 1))
            elif info.type == h5o.TYPE_DATASET:
                dataset = h5d.open(group, raw)
                _check_dataset(inner, dataset)
                yield inner, h5py.Dataset(dataset)
            else:
                raise RefusedError(f"{inner!r} is neither a group nor a dataset")


def _check_dataset(name: str, dataset: h5d.DatasetID) -> None:
    """Raise unless a dataset's values are numbers or text, inside the file, with filters of HDF5's own."""
    # The creation list tells where values are, without a look at them.
    created = dataset.get_create_plist()
    if created.get_layout() == h5d.VIRTUAL:
        raise RefusedError(f"dataset {name!r} is virtual: its values are those of other datasets or files")
    if created.get_external_count():
        raise RefusedError(f"dataset {name!r} keeps its values in another file")
    for index in range(created.get_nfilters()):
        if created.get_filter(index)[0] not in FILTERS:
            raise RefusedError(f"dataset {name!r} is compressed by another filter than gzip")
    _check_type(f"dataset {name!r}", dataset.get_type())
    _n_values(f"dataset {name!r}", dataset.get_space())
    _check_attributes(name, dataset)


def _check_type(what: str, kind: h5t.TypeID) -> None:
    """Raise unless values are whole numbers, floating-point numbers, booleans or text."""
    number = kind.get_class()
    if number == h5t.STRING or (number == h5t.INTEGER and kind.get_size() <= 8):
        return
    if number == h5t.FLOAT and kind.get_size() in (2, 4, 8):
        return
    if number == h5t.ENUM and kind.get_nmembers() == 2:  # the booleans of h5py
        return
    raise RefusedError(f"{what} has values that are neither numbers nor text")


def _n_values(what: str, space: h5s.SpaceID) -> int:
    if space.get_simple_extent_type() not in (h5s.SIMPLE, h5s.SCALAR):
        raise RefusedError(f"{what} has no values")
    if space.get_simple_extent_ndims() > MOST_DIMENSIONS:
        raise RefusedError(f"{what} has more than {MOST_DIMENSIONS} dimensions")
    return math.prod(map(int, space.get_simple_extent_dims()))


def _check_attributes(name: str, place: Any) -> None:
    """Raise unless each attribute of an object is a short number or text; read all of them."""
    for index in range(h5a.get_num_attrs(place)):
        attribute = h5a.open(place, index=index)
        what = f"attribute {attribute.name.decode('utf-8', 'replace')!r} of {name!r}"
        _check_type(what, attribute.get_type())
        n_values = _n_values(what, attribute.get_space())
        if n_values * attribute.get_type().get_size() > LARGEST_ATTRIBUTE:
            raise RefusedError(f"{what} is longer than {LARGEST_ATTRIBUTE} bytes")
        if n_values != 1:
            raise RefusedError(f"{what} has {n_values} values; expected one")
    attributes = h5py.AttributeManager(_Holder(place))
    for key in attributes:
        attributes[key]


class _Holder:
    """What h5py's attributes want to know of their object."""

    def __init__(self, place: Any) -> None:
        self.id = place


def _check_sizes(datasets: list[tuple[str, h5py.Dataset]], n_bytes: int) -> None:
    """Raise if values are missing from the file, or grow beyond the limit when they are decompressed."""
    plain = compressed = 0
    for name, dataset in datasets:
        created, kind = dataset.id.get_create_plist(), dataset.id.get_type()
        size = _n_values(name, dataset.id.get_space()) * kind.get_size()
        if created.get_layout() == h5d.CHUNKED:
            # One value needs its whole chunk, which may be larger than the dataset.
            compressed += max(size, math.prod(map(int, created.get_chunk())) * kind.get_size())
        else:
            plain += size
            if dataset.id.get_storage_size() < size:
                raise RefusedError(f"dataset {name!r} has {size} bytes, most of which are not in the file")
        if compressed > LARGEST_COMPRESSED:
            raise RefusedError(f"its compressed datasets have more than {LARGEST_COMPRESSED} bytes")
    if plain > n_bytes:
        raise RefusedError(f"its datasets have {plain} bytes, and it has {n_bytes}: some share their values")


def serve() -> None:
    """Examine the files that come by standard input, one after the other; answer each by a line of JSON."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    reader, answers = sys.stdin.buffer, sys.stdout
    while select.select([sys.stdin], [], [], IDLE_LIMIT_S)[0]:
        header = reader.readline()
        if not header:
            return
        n_bytes = int(header)
        _limit_memory(n_bytes)
        image = reader.read(n_bytes)
        _limit_processor_time()
        print(json.dumps(_verdict(image)), file=answers, flush=True)


def _limit_memory(n_bytes: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = MEMORY + 3 * n_bytes
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


def _limit_processor_time() -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    wanted = math.ceil(used.ru_utime + used.ru_stime) + CPU_LIMIT_S
    resource.setrlimit(resource.RLIMIT_CPU, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


def _verdict(image: bytes) -> dict[str, str]:
    try:
        examine(image)
    except RefusedError as refused:
        return {"refused": str(refused)}
    except MemoryError:
        return {"refused": "it needs too much memory"}
    except Exception as error:
        return {"damaged": f"{error}"}
    return {}


if __name__ == "__main__":
    serve()
