"""opencode.

``companion``  follows the sessions of a directory
``database``   its databases: which sessions are new; ``stored_database`` opens one
``stored_files``   the files in which versions before 1.2 kept sessions
``run_log``             its log: which sessions are of this recording
``conversation``      what was reported of one session
``session_parts``     a session in the tables of version 1
``session_messages``  a session in the table of version 2
``model_endpoint``   where its model calls go
"""
