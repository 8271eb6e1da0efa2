"""mini-swe-agent.

``companion``   follows its trajectory
``trajectory``  the JSON document that it rewrites after each step
"""
