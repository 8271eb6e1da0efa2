"""What the player's widgets have in common: they draw with the styles of a theme, by role."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agentrec.tui.theme import RoleStyles


class Themed:
    """A widget that draws with ``role_styles``."""

    role_styles: RoleStyles

    def restyle(self, role_styles: RoleStyles) -> None:
        """Use another theme, from the next refresh on."""
        self.role_styles = role_styles
