"""Writing of the generated pages, before Sphinx reads the sources."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from docs.extension.commands import command_pages
from docs.extension.gallery import Pictures, gallery_pages, read_pictures, write_gallery_pictures
from docs.extension.interactive import index_page
from docs.extension.parts import part_pages
from docs.extension.settings import settings_page

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def generated_pages(pictures: Pictures | None = None) -> dict[str, str]:
    """Return all generated pages by their path below ``docs/generated``, with such pictures of champions."""
    pages = {"settings.rst": settings_page(), "interactive.rst": index_page()}
    pages |= {f"parts/{path}": text for path, text in part_pages().items()}
    pages |= {f"commands/{path}": text for path, text in command_pages().items()}
    pages |= {f"gallery/{path}": text for path, text in gallery_pages(pictures).items()}
    return pages


def write_generated_pages(app: Sphinx) -> None:
    """Write the pages into ``docs/generated``; files of parts that are gone are removed."""
    write_gallery_pictures(app)
    write_pages(Path(app.srcdir) / "generated", generated_pages(read_pictures(app)))


def write_pages(folder: Path, pages: dict[str, str]) -> None:
    """Write pages into a folder. Pages that are the same are left alone, so that Sphinx does not read them again."""
    if folder.exists():
        for file in folder.rglob("*"):
            if file.is_file() and file.relative_to(folder).as_posix() not in pages:
                file.unlink()
    for path, text in pages.items():
        file = folder / path
        if file.is_dir():
            shutil.rmtree(file)
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
