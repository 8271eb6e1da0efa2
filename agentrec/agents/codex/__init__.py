"""Codex.

``companion``  follows the rollout files of its threads
``rollout``    the records of one thread
``replay``     where a fork repeats its parent's records
``resume``     starts it again from a copy of a rollout
``model_endpoint``   where its model calls go
"""
