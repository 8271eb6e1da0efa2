"""Recordings: the event model, the file, its writer and its readers.

``events``     what can happen: the one model that all writers produce and all readers consume
``sink``       protocols of what takes events
``writer``     writes a recording while it happens
``new_file``   creates the file of a recording
``append``     adds a moment to a finished recording
``rewrite``    writes whole recordings: compacted, repaired, from a list of events
``packing_queue``  which finished recordings are still to be packed
``reader``     reads events of any part of a recording
``follow``     reads a recording while it is being written
``layout``     where segments and keyframes are
``markers``    moments and snapshots in the timeline
``info``       what a recording holds, as a JSON object
``verify``     whether a recording is whole, torn, damaged or altered
``streams``    what passed through standard streams that were not a terminal
``exit_text``  the end of a recorded command in words
``format``     the file format
``encryption``  recordings that only their recipients can open
"""
