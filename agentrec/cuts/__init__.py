"""Recordings made of parts of others: cut, trimmed, faster, joined. The original is never changed.

time_map       which stretches are kept, and when they happen in the new recording
opening        output that shows the screen as it was where a stretch begins
state_chains   states and model requests that no longer have what they build on
event_edit     events on the clock of the new recording
carried        what a stretch needs of what is before it: sessions, the last snapshot
stretches      the records of a new recording, from those of another
joined         the records of several recordings, one after the other
python_api     the same for the Python library: paths and seconds
cut_file       writes the new recording, with a header that says what it is of
"""
