"""The player's themes, and the style of each role in them."""

from __future__ import annotations

from rich.style import Style
from textual.theme import Theme

from agentrec.tui.draw import terminal_cells

Part = tuple[str, str]
"""A piece of text and its role."""


def _light(name: str) -> Theme:
    return Theme(
        name=name,
        primary="#0550ae",
        secondary="#1b7c83",
        accent="#9a6700",
        warning="#9a6700",
        error="#c0262d",
        success="#1a7f37",
        foreground="#24292f",
        background="#eef0f3",
        surface="#ffffff",
        panel="#e1e5ea",
        dark=False,
        variables={"dimmed": "#59636e", "line": "#b3bac4"},
    )


THEMES = (
    Theme(
        name="agentrec-dark",
        primary="#82aaff",
        secondary="#56b6c2",
        accent="#ffd166",
        warning="#e5c07b",
        error="#ff7a85",
        success="#98c379",
        foreground="#d5d9e0",
        background="#0c0e12",
        surface="#14161b",
        panel="#1c1f26",
        dark=True,
        variables={"dimmed": "#7f8999", "line": "#454d5b"},
    ),
    _light("agentrec-light"),
    _light("agentrec-mixed"),
)
THEME_DESCRIPTIONS = {
    "agentrec-dark": "dark",
    "agentrec-light": "light; programs made for a dark background may be hard to read",
    "agentrec-mixed": "light around a dark terminal",
}
# Themes with a light terminal. Most programs are made for a dark background and legible only there.
_LIGHT_TERMINAL = ("agentrec-light",)
_VARIABLES = {"dimmed": "#808080", "line": "#808080"}

# role -> (theme variable, bold); the roles of marks are their kinds
_ROLES = {
    "text": ("foreground", False),
    "strong": ("foreground", True),
    "dim": ("dimmed", False),
    "line": ("line", False),
    "past": ("primary", False),
    "future": ("line", False),
    "here": ("foreground", True),
    "moment": ("accent", False),
    "snapshot": ("success", False),
    "branch": ("secondary", False),
    "error": ("error", True),
    "start": ("foreground", True),
    "end": ("foreground", True),
    "hit": ("accent", True),
    "play": ("success", True),
    "live": ("error", True),
    "warning": ("warning", False),
    "agent": ("primary", False),
    "llm": ("secondary", False),
    "tool": ("success", False),
    "added": ("success", False),
    "removed": ("error", False),
}


class RoleStyles:
    """Rich styles by role, for one theme."""

    def __init__(self, theme: Theme, *, mono: bool) -> None:
        self.mono = mono
        self.background = theme.background or "default"
        self.ground = theme.panel or "default"
        colors = {
            "foreground": theme.foreground,
            **_VARIABLES,
            **theme.variables,
            "primary": theme.primary,
            "secondary": theme.secondary,
            "accent": theme.accent,
            "warning": theme.warning,
            "error": theme.error,
            "success": theme.success,
        }
        self._styles = {
            role: Style(bold=bold or None) if mono else Style(color=colors[name], bold=bold or None)
            for role, (name, bold) in _ROLES.items()
        }
        self.palette = (
            terminal_cells.LIGHT if theme.name in _LIGHT_TERMINAL else terminal_cells.DARK
        )
        if mono:
            self.palette = terminal_cells.MONO

    def __getitem__(self, role: str) -> Style:
        return self._styles[role]
