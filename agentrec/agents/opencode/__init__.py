"""opencode.

``companion``  follows the sessions of a directory
``database``   its database of sessions, messages and parts
``model_endpoint``   where its model calls go
"""
