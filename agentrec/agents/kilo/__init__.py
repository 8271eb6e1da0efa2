"""Kilo Code's CLI, a fork of opencode: what it writes is read as opencode's.

``companion``  follows the sessions of a directory
``model_endpoint``   where its model calls go
"""
