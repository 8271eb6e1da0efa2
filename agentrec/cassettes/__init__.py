"""Cassettes: recordings of model calls that answer any client, such as the tests of somebody's own code.

- ``cassette_server``: a recording's answers as a model server
- ``cassette_recorder``: records the model calls of this process and those it starts
- ``model_environment``: what points clients at a model server
"""
