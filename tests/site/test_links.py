"""The check of the built site's links finds what is broken, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.links import broken_links, main


def site(folder: Path, body: str) -> Path:
    (folder / "sub").mkdir()
    (folder / "index.html").write_text(f"<body>{body}</body>", encoding="utf-8")
    (folder / "sub" / "page.html").write_text('<h1 id="top">x</h1><a href="../index.html">back</a>', encoding="utf-8")
    (folder / "picture one.png").write_bytes(b"")
    return folder


@pytest.mark.parametrize(
    "body",
    [
        '<a href="sub/page.html#top">x</a>',
        '<img src="picture%20one.png">',
        '<a id="here" href="#here">x</a>',
        '<a href="https://example.org/x">elsewhere, if one clicks</a>',
        '<img src="data:image/png;base64,AAAA">',
    ],
)
def test_good_links_are_not_reported(tmp_path: Path, body: str) -> None:
    assert broken_links(site(tmp_path, body)) == []


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ('<a href="sub/pages.html">x</a>', "index.html: sub/pages.html leads nowhere"),
        ('<a href="sub/page.html#bottom">x</a>', "index.html: sub/page.html#bottom leads nowhere"),
        ('<img src="none.png">', "index.html: none.png leads nowhere"),
        ('<script src="https://cdn.example.org/x.js"></script>', "index.html: loads https://cdn.example.org/x.js"),
        ('<link rel="stylesheet" href="//fonts.example.org/a">', "index.html: loads //fonts.example.org/a"),
    ],
)
def test_broken_links_and_what_is_loaded_from_elsewhere_are(
    tmp_path: Path, body: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert broken_links(site(tmp_path, body)) == [line]
    assert main(tmp_path) == 1
    assert capsys.readouterr().err == f"{line}\n"
