"""How objects look in notebooks: text and figures as HTML with embedded pictures."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from neurosim_rl.errors import NeurosimError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 80
"""Resolution of embedded figures, in dots per inch."""


class Figures(dict[str, "Figure"]):
    """Figures by name; a notebook shows all of them.

    Parameters
    ----------
    left_out : dict of str to str
        Why the other figures do not apply, by name.

    Examples
    --------
    >>> run.plot()["fitness"].savefig("fitness.pdf")  # doctest: +SKIP
    """

    def __init__(self, figures: dict[str, Figure], left_out: dict[str, str] | None = None) -> None:
        super().__init__(figures)
        self.left_out = left_out or {}

    def __repr__(self) -> str:
        """Return one line."""
        return f"<Figures: {', '.join(self)}>"

    def _repr_html_(self) -> str:
        """Return all figures, each under its name."""
        return "\n".join(f"<h4>{html.escape(name)}</h4>{picture(figure)}" for name, figure in self.items())


def png(figure: Figure) -> bytes:
    """Return a figure as a PNG file."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI)
    return buffer.getvalue()


def picture(figure: Figure) -> str:
    """Return a figure as HTML with the PNG in it."""
    encoded = base64.b64encode(png(figure)).decode("ascii")
    return f'<img alt="figure" src="data:image/png;base64,{encoded}"/>'


def card(text: str, draw: Callable[[], Figure]) -> str:
    """Return a text above a figure, as HTML; the text alone where the figure does not apply."""
    shown = f"<pre>{html.escape(text)}</pre>"
    # A run without generations has nothing to draw; its text is still worth a look.
    with suppress(NeurosimError):
        shown += picture(draw())
    return shown


def in_notebooks(figure: Figure) -> Figure:
    """Return the figure, which a notebook now shows without ``%matplotlib inline`` too.

    Figures of this package are unknown to pyplot. IPython asks an object for ``_repr_png_``; where Matplotlib's inline
    backend is active, that comes first, and a figure is shown once.
    """
    figure._repr_png_ = lambda: png(figure)  # type: ignore[attr-defined]
    return figure
