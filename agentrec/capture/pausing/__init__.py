"""A recording that is paused.

- ``pausable_sink``: leaves out what happens during a pause.
- ``paused_words``: what was said then, which no later event may quote.
"""
