"""Commands that name and remove recordings.

title    a recording's title
tag      its tags
about    what these two share
rm       remove recordings
removal  what that takes away, and what depends on it
"""
