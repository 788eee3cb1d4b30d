"""Pages that the site's build makes of the code: each part, option and command has its place."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from docs.extension import interactive
from docs.extension.commands import command_pages
from docs.extension.docstrings import show_headings
from docs.extension.generated import generated_pages, write_pages
from docs.extension.interactive import RESULTS, committed_studies, subject_of
from docs.extension.parts import part_pages
from docs.extension.rst import escaped
from docs.extension.settings import settings_page
from docs.links import broken_links
from neurosim_rl.bridge import ENCODERS
from neurosim_rl.bridge.tuned_encoders import PoissonEncoder
from neurosim_rl.cli import main
from neurosim_rl.cli.catalogue import kinds
from neurosim_rl.cli.main import COMMANDS
from neurosim_rl.settings.registry import REGISTRIES
from tests.documents import documents


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return generated_pages()


def test_each_part_of_each_registry_has_a_page_with_docstring_and_source(pages: dict[str, str]) -> None:
    folders = {"rule": "learning_rule"}
    registries = {kind: parts for kind, parts in REGISTRIES.items() if kind not in ("figure", "measure")}
    assert {"task", "model", "encoder", "decoder", "optimizer", "rule"} <= set(registries)
    for kind, parts in registries.items():
        for name, part in parts.items():
            page = pages[f"parts/{folders.get(kind, kind)}/{name}.rst"]
            assert f".. autoclass:: {part.__module__}.{part.__qualname__}\n" in page
            file = re.search(r"literalinclude:: /\.\./(\S+)", page)
            assert file is not None
            source = (Path(__file__).parents[2] / file[1]).read_text(encoding="utf-8")
            assert f"class {part.__name__}" in source


def test_the_list_of_a_terminal_has_no_option_that_the_pages_lack(
    pages: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    listed = []
    for kind, parts in kinds().items():
        for name in parts if kind not in ("tasks", "figure", "champions") else ():
            assert main(["list", kind, name, "--json"]) == 0
            found = json.loads(capsys.readouterr().out)
            listed += [f"{kind}.{option}" for option in found["options"]]
    assert len(listed) > 200
    text = "\n".join(pages.values())
    inner = re.compile(r"decoder\.(discrete|continuous|readout)\.")
    missing = [key for key in listed if f"``{key}``" not in text and f"``{inner.sub('decoder.', key)}``" not in text]
    assert missing == []


def test_ranges_choices_and_defaults_are_shown() -> None:
    page = part_pages()["encoder/latency.rst"]
    row = page[page.index("``encoder.threshold``") :].split("* -")[0]
    assert [line.strip(" -") for line in row.splitlines()[1:4]] == [
        "``0.1``",
        "number, 0 to 1",
        "activity below which a neuron is silent",
    ]
    assert "``linear``, ``logarithmic``" in page
    assert "``environment.max_steps``" in settings_page()


def test_each_command_has_a_page_with_its_options() -> None:
    pages = command_pages()
    assert {f"{name}.rst" for name in COMMANDS} | {"index.rst"} == set(pages)
    assert "``--first-seed" in pages["evaluate.rst"]
    assert "``--chain" in pages["submit.rst"]


def test_a_part_of_ones_own_gets_a_page_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ENCODERS, "quiet-test-encoder", PoissonEncoder)
    assert "``encoder.peak_hz``" in part_pages()["encoder/quiet-test-encoder.rst"]


def test_every_page_is_listed_once(pages: dict[str, str]) -> None:
    for path in pages:
        folder, _, name = path.rpartition("/")
        if folder and name != "index.rst":
            assert re.search(rf"^   {name.removesuffix('.rst')}$", pages[f"{folder}/index.rst"], re.MULTILINE)


def test_pages_of_parts_that_are_gone_are_removed_and_equal_ones_left_alone(tmp_path: Path) -> None:
    write_pages(tmp_path, {"a/one.rst": "1\n", "two.rst": "2\n"})
    before = (tmp_path / "two.rst").stat().st_mtime_ns
    write_pages(tmp_path, {"two.rst": "2\n"})
    assert [path.name for path in tmp_path.rglob("*.rst")] == ["two.rst"]
    assert (tmp_path / "two.rst").stat().st_mtime_ns == before


def test_text_of_the_code_is_not_read_as_markup() -> None:
    assert escaped("a *b* `c` |d| e_ f_g") == r"a \*b\* \`c\` \|d\| e\_ f_g"


def test_headings_of_data_sheets_are_shown_and_those_of_numpydoc_left() -> None:
    lines = ["One line.", "", "Genome", "------", "Weights.", "", "Parameters", "----------", "x : int"]
    show_headings(None, "class", "X", None, None, lines)
    assert lines == ["One line.", "", ".. rubric:: Genome", "", "Weights.", "", *lines[-3:]]


def test_interactive_pages_of_committed_results_are_listed_and_led_to_by_the_results(pages: dict[str, str]) -> None:
    listed = re.findall(r"<\.\./interactive/(\S+)\.html>", pages["interactive.rst"])
    assert listed == [RESULTS, *committed_studies()]
    assert len(listed) > 10
    linked = set()
    for path, text in documents().items():
        if path.startswith("docs/results/"):
            linked |= set(re.findall(r"<\.\./interactive/(\S+)\.html>", text))
    assert linked == set(listed)
    for name in committed_studies():
        assert len(subject_of(name)) > 20


def test_interactive_pages_are_written_into_the_built_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interactive, "committed_studies", lambda: ["fitness"])
    app = SimpleNamespace(outdir=tmp_path, builder=SimpleNamespace(format="html"))
    interactive.write_interactive_pages(app, RuntimeError("the build failed"))
    assert list(tmp_path.iterdir()) == []
    interactive.write_interactive_pages(app, None)
    assert sorted(path.name for path in (tmp_path / "interactive").iterdir()) == ["fitness.html", "results.html"]
    assert broken_links(tmp_path) == []
