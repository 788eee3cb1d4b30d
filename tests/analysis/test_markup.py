from html.parser import HTMLParser

import pytest

from neurosim_rl.analysis.page.markup import Markup, definitions, element, markup, paragraph, section, table

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\" onclick='alert(3)' &lt;"


class Found(HTMLParser):
    """Elements, attributes and texts of a page, as an independent parser finds them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.mark.parametrize(
    "made",
    [
        element("p", HOSTILE, title=HOSTILE),
        paragraph(HOSTILE),
        section("here", HOSTILE, HOSTILE),
        table([HOSTILE], [[HOSTILE, HOSTILE]], caption=HOSTILE),
        definitions([(HOSTILE, HOSTILE)]),
    ],
    ids=["element", "paragraph", "section", "table", "definitions"],
)
def test_data_stay_text_wherever_they_are_put(made: Markup) -> None:
    found = Found(made)
    assert not {"script", "img"} & {name for name, _ in found.elements}
    assert not any(key.startswith("on") for _, attributes in found.elements for key in attributes)
    assert HOSTILE in "".join(found.texts)


def test_attributes_hold_any_text() -> None:
    (found,) = Found(element("p", title=HOSTILE)).elements
    assert found == ("p", {"title": HOSTILE})


def test_an_attribute_without_value_is_a_name_alone_and_none_is_left_out() -> None:
    assert element("option", "a", selected=True, disabled=False, id=None, class_="b") == (
        '<option selected class="b">a</option>'
    )


@pytest.mark.parametrize("name", ["p onclick=x", "p>", "", "1p"])
def test_names_never_come_from_data(name: str) -> None:
    with pytest.raises(ValueError, match="expected names of HTML"):
        element(name, id="a")
    with pytest.raises(ValueError, match="expected names of HTML"):
        element("p", **{f"a {name}": "1"})


def test_control_characters_are_shown() -> None:
    assert markup("a\x1bb\u202ec") == "a\\x1bb\\u202ec"
