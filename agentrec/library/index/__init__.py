"""The index of the library: one database, rebuilt from the files whenever needed.

library_db    the database: tables, locking, transactions
update        bring the index up to date with the files
folders       which files have to be compared with it
index_writer  write one recording into the index, or delete it
reading       read one recording for it, whatever it is
reading_process  read many by several processes
digest        read one recording: columns of the list, totals, texts to find
keyed_steps   turns, tool calls and errors that other recordings may have, too
entries       events as entries that can be found
screen_text   what was on screen, as such entries
glance        what is known already, for completion
texts         text as the index stores it
"""
