"""Machines and remotes for every test here."""

from tests.fleet.machines import machines, object_server, remote

__all__ = ["machines", "object_server", "remote"]
