"""Commands about many recordings.

``ls``, ``search``, ``cost``, ``stats``, ``serve``, ``du``, ``prune``, ``pin``; and ``selection``: the
filter options and the index that they share.
"""
