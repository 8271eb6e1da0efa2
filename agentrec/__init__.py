"""agentrec: flight recorder and time machine for coding agents that run in a terminal."""

__version__ = "0.1.0"
