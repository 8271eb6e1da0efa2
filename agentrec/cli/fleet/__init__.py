"""Commands about recordings in object storage.

push, pull, sync: one command each; ls_remote: `ls --remote`; last_green: the last good run in a
remote; remote_options: what they share.

fleet_ls, fleet_search, fleet_cost, fleet_stats: questions to the index of a remote; engine_options: what
they share. fleet_compact: fewer files in it; fleet_index: what is missing in it;
fleet_table: it in a ClickHouse server.
"""
