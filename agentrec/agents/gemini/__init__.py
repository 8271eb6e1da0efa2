"""Gemini CLI.

``companion``  follows the chat files of a project
``chat``       the messages of one chat
"""
