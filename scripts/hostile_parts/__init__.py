"""Parts of the trial with hostile files.

``pieces``      frames, chunks and events to make recordings of
``recordings``  recordings that do harm: bombs, floods, claims, loops
``imports``     files of other formats that do harm
``stores``      snapshot stores that do harm, and recordings that name what is in them
``bundles``     bundles and tars of them that do harm
``lineages``    recordings that name each other, or themselves, as what they come from
``mutants``     golden files with flipped, cut, doubled and reordered parts
``commands``    what is run on each file
``measure``     time, memory and words of one command
``log``         what was measured, in a file that a run can go on from
``report``      the table, and figures for docs
"""
