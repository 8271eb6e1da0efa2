"""Snapshots of the working directory's files, for a recording of the run's own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.companions.snapshots import event_data
from agentrec.snapshots.snapshotter import Snapshotter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.json_values import JsonObject


class FileSnapshots:
    """The snapshots of one recording."""

    def __init__(self, session: str, env: Mapping[str, str]) -> None:
        self._session, self._env = session, env
        self._snapshotter: Snapshotter | None = None

    def take(self, label: str) -> tuple[str, JsonObject]:
        """The id of a snapshot of now, and the data of its event; none if nothing has changed since it.

        Raises AgentrecError, OSError.
        """
        if self._snapshotter is None:
            self._snapshotter = Snapshotter.open(os.getcwd(), self._env, self._session)
        snapshot, is_new = self._snapshotter.take(label)
        self._snapshotter.save_scan()
        if not is_new:
            return snapshot.id, {}
        return snapshot.id, {
            **event_data(snapshot._asdict()),
            "store": self._snapshotter.store.name,
        }

    def close(self) -> None:
        if self._snapshotter is not None:
            self._snapshotter.store.close()
