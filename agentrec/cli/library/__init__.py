"""Commands about many recordings.

``ls``, ``search``, ``cost``, ``prices``, ``compare``, ``stats``, ``serve``, ``du``, ``prune``,
``pin``; and ``selection``: the filter options and the index that they share.
"""
