"""Adds the man page and the completion files, which scripts/release generates, to the wheel.

Generating them needs agentrec's dependencies, which a build does not have. Without `share/`, as in a clone,
the wheel contains neither.
"""

import os
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ShareHook(BuildHookInterface[Any]):
    """Adds every file below ``share/`` under the same name."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        for folder, _, names in os.walk(os.path.join(self.root, "share")):
            for name in names:
                path = os.path.join(folder, name)
                build_data["shared_data"][path] = os.path.relpath(path, self.root)
