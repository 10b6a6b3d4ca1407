"""The sheet: its contrast figures, computed again (WCAG 2 relative luminance), and that it holds every class in use."""

import re

import pytest
from django.conf import settings

SHEET = (settings.BASE_DIR / "ngo/static/ngo/posada.css").read_text()
LIGHT_BLOCK = re.search(r":root\{(--po-bg:.*?)\}", SHEET, re.S).group(1)
MACHINE_BLOCK = re.search(r':root:not\(\[data-bs-theme="light"\]\)\{(.*?)\}', SHEET, re.S).group(1)
CHOICE_BLOCK = re.search(r':root\[data-bs-theme="dark"\]\{(--po-bg:.*?)\}', SHEET, re.S).group(1)


def tokens(block):
    return dict(re.findall(r"--po-([\w-]+):(#[0-9a-f]{6})", block))


LIGHT = tokens(LIGHT_BLOCK)
DARK = LIGHT | tokens(MACHINE_BLOCK)  # What the dark block leaves out (the bar's white, the lamp) stays.


def luminance(colour):
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


SOFT = ["brand-soft", "free-soft", "occ-soft", "held-soft", "out-soft", "over-soft", "alert-soft", "warn-soft"]
PAIRS = [
    # foreground, grounds, what it needs, the figures of the design in light and in dark
    ("ink", ["bg", "surface", "sunken"], 7, [14.18, 15.73, 12.85], [15.36, 13.75, 11.78]),
    ("ink-2", ["bg", "surface", "sunken"], 7, [8.00, 8.87, 7.25], [10.29, 9.21, 7.89]),
    ("link", ["bg", "surface"], 7, [8.17, 9.06], [10.15, 9.08]),
    ("on-brand", ["brand"], 7, [9.51], [9.08]),
    ("on-bar", ["bar"], 7, [13.18], [15.76]),
    ("on-bar-2", ["bar"], 7, [9.74], [10.68]),
    ("free", ["free-soft", "surface"], 4.5, [6.40, 7.47], [8.26, 9.50]),
    ("occ", ["occ-soft", "surface"], 4.5, [8.02, 9.95], [7.82, 10.02]),
    ("held", ["held-soft", "surface"], 4.5, [7.39, 8.85], [7.99, 9.22]),
    ("out", ["out-soft", "surface", "bg"], 4.5, [6.40, 7.83, 7.06], [7.89, 9.21, 10.29]),
    ("over", ["over-soft", "surface"], 4.5, [7.03, 8.36], [7.76, 8.62]),
    ("alert", ["alert-soft", "surface"], 4.5, [6.80, 7.97], [8.14, 9.00]),
    ("on-alert", ["alert"], 4.5, [7.97], [10.06]),
    ("warn", ["warn-soft", "surface"], 4.5, [7.27, 8.22], [8.77, 10.19]),
    ("edge", ["bg", "surface"], 3, [4.43, 4.91], [6.00, 5.37]),
    ("focus", ["bg", "surface"], 3, [4.59, 5.09], [12.47, 11.16]),
    ("focus-bar", ["bar"], 3, [8.99], [10.75]),
    ("m-fill", ["m-track"], 3, [4.33], [4.86]),
    ("over", ["m-track"], 3, [6.34], [6.60]),
    ("m-held", ["surface"], 3, [4.05], [5.91]),
]


@pytest.mark.parametrize(("name", "colours", "place"), [("light", LIGHT, 3), ("dark", DARK, 4)])
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair[0])
def test_every_pair_reaches_what_it_needs_and_what_the_design_says(pair, name, colours, place):
    foreground, grounds, needed = pair[:3]

    measured = [contrast(colours[foreground], colours[ground]) for ground in grounds]

    assert min(measured) >= needed
    assert [round(figure, 2) for figure in measured] == pytest.approx(pair[place], abs=0.01)


@pytest.mark.parametrize(("colours", "lowest"), [(LIGHT, 12.67), (DARK, 10.73)], ids=["light", "dark"])
def test_text_reads_on_every_soft_ground(colours, lowest):
    assert min(contrast(colours["ink"], colours[ground]) for ground in SOFT) == pytest.approx(lowest, abs=0.01)


def test_dark_by_choice_is_the_same_dark_as_the_machines():
    assert tokens(CHOICE_BLOCK) == tokens(MACHINE_BLOCK)


def test_the_sheet_asks_for_nothing_that_a_strict_policy_refuses():
    for forbidden in ("url(", "data:", "@import"):
        assert forbidden not in re.sub(r"/\*.*?\*/", "", SHEET, flags=re.S)


def test_colours_are_named_once_and_used_by_name():
    """No hex value outside the three blocks of tokens, the white and black of print apart."""
    rest = SHEET.split("/* Bootstrap reads our tokens */")[1].split("@media print")[0]
    assert not re.findall(r"#[0-9a-f]{3,8}\b", rest)


def test_nothing_is_set_smaller_than_fourteen_pixels():
    sizes = [float(size) for size in re.findall(r"font-size:([\d.]+)rem", SHEET)]
    assert min(sizes) >= 0.875


def test_every_class_of_ours_that_a_template_uses_is_in_the_sheet():
    sources = [path.read_text() for path in (settings.BASE_DIR / "templates").rglob("*.html")]
    used = {name for source in sources for value in re.findall(r'class="([^"]*)"', source) for name in value.split()}
    ours = {name for name in used if re.fullmatch(r"po-[a-z0-9-]+", name)}
    known = set(re.findall(r"\.(po-[a-z0-9-]+)", SHEET))
    assert sorted(ours - known) == []
