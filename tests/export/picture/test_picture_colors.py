"""Colors of cells: what a program has chosen for a dark terminal can be read on a light theme, too."""

import pytest

from agentrec.export.picture.picture_colors import (
    THEMES,
    cell_colors,
    contrast,
    letter_color,
    readable,
)
from agentrec.terminal.engine.styles import Style

COLORS = [None, *range(256), (243, 226, 180), (170, 220, 175), (20, 20, 20), (255, 255, 255)]


@pytest.mark.parametrize("bg", [None, 0, 4, 7, 15, (18, 18, 18), (255, 255, 255), (128, 128, 128)])
def test_letters_can_be_read_on_a_light_theme(bg):
    light = THEMES["light"]
    for fg in COLORS:
        for inverse in (False, True):
            style = Style(fg=fg, bg=bg, inverse=inverse)
            _, ground = cell_colors(light, style)
            assert contrast(letter_color(light, style), ground or light.ground) >= 4.4, style


def test_what_can_be_read_stays_as_it_is():
    light = THEMES["light"]
    for fg in (None, 1, 2, 3, 4, 5, 6, 7, (200, 30, 40)):
        style = Style(fg=fg)
        assert letter_color(light, style) == cell_colors(light, style)[0]
    for name in ("dark", "xterm"):
        for fg in COLORS:
            style = Style(fg=fg, bg=0, dim=True)
            assert letter_color(THEMES[name], style) == cell_colors(THEMES[name], style)[0]


def test_hidden_and_dim_letters_stay_that():
    light = THEMES["light"]
    assert letter_color(light, Style(hidden=True)) == light.ground
    dim, plain = letter_color(light, Style(fg=3, dim=True)), letter_color(light, Style(fg=3))
    assert 1 < contrast(dim, light.ground) < contrast(plain, light.ground)


def test_contrast_is_that_of_wcag():
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((118, 118, 118), (255, 255, 255)) == pytest.approx(4.54, abs=0.01)
    assert readable((255, 255, 255), (255, 255, 255)) != (255, 255, 255)
