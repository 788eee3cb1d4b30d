import base64
import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim_rl.analysis.page import document
from neurosim_rl.analysis.page.chart import Chart, Series
from neurosim_rl.analysis.page.document import Page
from neurosim_rl.analysis.page.markup import section
from neurosim_rl.analysis.page.packing import json_text, packed, rounded, unpacked
from neurosim_rl.errors import RunFolderError
from tests.analysis.test_markup import HOSTILE, Found


def small_page(**changes: object) -> Page:
    series = Series(HOSTILE, np.array([1.0, 2.0]), np.array([3.0, np.nan]), texts=[HOSTILE])
    chart = Chart("chart", HOSTILE, "y", [series], HOSTILE, levels=[(HOSTILE, 4.0)], rows=[HOSTILE])
    content = {"title": HOSTILE, "sections": [section("here", "Here", chart.place())], "charts": [chart]}
    return Page(**{**content, "data": {"film": {"frames": [HOSTILE]}}, **changes})  # type: ignore[arg-type]


def data_of(text: str) -> dict:
    """Return the data of a page: all between the first tag of the data and the next end of a script."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    return json.loads(found.group(1))


def test_hostile_texts_add_no_element_and_come_back_from_the_data_as_they_are() -> None:
    text = small_page().html()
    plain = small_page(title="a", sections=[], charts=[], data={}).html()
    scripts = [attributes for name, attributes in Found(text).elements if name == "script"]
    assert scripts == [attributes for name, attributes in Found(plain).elements if name == "script"]
    assert "img" not in {name for name, _ in Found(text).elements}
    data = data_of(text)
    assert data["film"]["frames"] == [HOSTILE]
    assert data["charts"][0]["series"][0]["name"] == HOSTILE
    assert data["charts"][0]["series"][0]["y"] == [3.0, None]
    assert data["charts"][0]["levels"] == [[HOSTILE, 4.0]]


def test_marks_of_the_template_in_data_stay_text() -> None:
    text = small_page(title="@SCRIPTS@ @DATA@", sections=[], charts=[], data={"a": "@TITLE@"}).html()
    assert "<title>@SCRIPTS@ @DATA@</title>" in text
    assert data_of(text)["a"] == "@TITLE@"


def test_every_script_is_allowed_by_its_digest_and_no_address_is() -> None:
    text = small_page().html()
    (policy,) = [
        attributes["content"]
        for name, attributes in Found(text).elements
        if name == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy is not None
    for script in re.findall(r"<script>(.*?)</script>", text, re.DOTALL):
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy
    assert "unsafe-inline" not in policy.partition("script-src")[2]


def test_nothing_in_the_page_is_loaded_from_an_address() -> None:
    for name, attributes in Found(small_page().html()).elements:
        assert name not in ("link", "iframe", "object", "embed", "base")
        assert not {"src", "srcset", "action"} & set(attributes)
        assert (attributes.get("href") or "#").startswith("#")


def test_a_page_of_something_under_way_loads_itself_again() -> None:
    assert 'http-equiv="refresh"' in small_page(is_under_way=True).html()
    assert 'http-equiv="refresh"' not in small_page().html()


def test_a_page_above_the_limit_is_refused_and_an_older_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = small_page().write(tmp_path / "new" / "page.html")
    before = path.read_bytes()
    monkeypatch.setattr(document, "LARGEST_PAGE", 1000)
    with pytest.raises(RunFolderError, match="expected at most 1000"):
        small_page(title="b").write(path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_the_licence_of_the_library_is_beside_it() -> None:
    folder = Path(document.__file__).parent / "assets"
    assert "MIT License" in (folder / "plotly-cartesian.LICENSE.txt").read_text(encoding="utf-8")
    assert (folder / document.PLOTLY).stat().st_size > 10**6


@given(st.recursive(st.text() | st.floats() | st.integers(-(2**53), 2**53), lambda inner: st.lists(inner, max_size=3)))
def test_json_comes_back_and_holds_no_character_of_html(content: object) -> None:
    text = json_text(content)
    assert not set("<>&\u2028\u2029") & set(text)

    def finite(value: object) -> object:
        if isinstance(value, list):
            return [finite(inner) for inner in value]
        return None if isinstance(value, float) and not np.isfinite(value) else value

    assert json.loads(text) == finite(content)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.uint32, np.int16, np.int32, np.float32])
def test_packed_arrays_are_little_endian_bytes_compressed_by_gzip(kind: type) -> None:
    values: np.ndarray = np.arange(12).reshape(3, 4).astype(kind)
    entry = packed(values.T)
    assert entry["type"] == np.dtype(kind).name
    assert tuple(entry["shape"]) == (4, 3)
    np.testing.assert_array_equal(unpacked(entry), values.T)


def test_rounding_keeps_significant_digits_and_shape() -> None:
    assert rounded(np.array([[123456.7, np.nan], [-0.000123456, 0.0]]), 3) == [[123000.0, None], [-0.000123, 0.0]]
