"""Codex.

``companion``  follows the rollout files of its threads
``rollout``    the records of one thread
``replay``     where a fork repeats its parent's records
``resume``     starts it again from a copy of a rollout
``stop_hook``  tells it of findings at the end of a turn
``model_endpoint``   where its model calls go
"""
