"""aider.

``companion``   follows it, with a log of events of our own
``history``     its chat history in Markdown, and that log
``chat_times``  when things were said, from its other files
"""
