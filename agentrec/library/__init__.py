"""Many recordings: an index over them, search, sums, and which ones to let go.

The index holds nothing that the files do not hold. It may be deleted at any time, and is brought up
to date before every question.
"""
