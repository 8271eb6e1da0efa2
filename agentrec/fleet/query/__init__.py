"""Questions to the index of a remote, as SQL of ClickHouse.

``index_query``         which recordings a question is about
``fleet_search``        hits
``found_line``          the line of a text that a query means
``fleet_totals``        costs and totals
``fleet_list``          recordings
``recording_row``       a recording as the library lists it
``engine``              what answers
``embedded_engine``     ClickHouse on this machine, on the files of a remote
``chdb_process``        the process that it runs in
``clickhouse_server``   ClickHouse elsewhere, over HTTP
``server_address``      where that is
``server_tables``       the table that it asks
``clickhouse_values``   values of parameters
``engine_errors``       what ClickHouse says when it fails
"""
