"""Commands about many recordings.

``ls``, ``search``, ``cost``, ``prices``, ``compare``, ``stats``, ``serve``, ``du``, ``prune``,
``pin``, ``import`` (``import_sessions``); and ``selection``: the filter options and the index that they
share.
"""
