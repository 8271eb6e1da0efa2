"""Qwen Code.

``companion``  follows the chat records of a project
``chat``       the records of one session
``resume``     starts it again from a copy of a session
"""
