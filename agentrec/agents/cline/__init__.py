"""Cline's CLI.

``companion``   follows the sessions of its process
``session``     the messages of one session and its sub-agents
"""
