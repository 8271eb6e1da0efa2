"""Many recordings: an index of them, search, totals, and which ones prune must keep.

Everything in the index comes from the files. It may be deleted at any time, and is brought up to date before
every query.

discovery   recordings below a folder
locations   where recordings and the index are
resolve     from a name, an id or `last` to a path
projects    the project that a directory belongs to
pins        pinned recordings, and what prune may remove
created     when a recording began
endings     whether a recorded program failed
filters     conditions shared by all queries
listing     the list of recordings, its rows and their JSON
query       from what a user types to a full-text expression
search      hits with their lines
opened_search  also in encrypted recordings, with a key
repeats     model calls that are in several recordings
totals      cost, tools and totals over many recordings
index/      the index itself
"""
