"""Cline's CLI.

``companion``   follows the sessions of its process
``session``     the messages of one session and its sub-agents
``model_endpoint``   where its model calls go
"""
