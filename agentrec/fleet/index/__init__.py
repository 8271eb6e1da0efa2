"""The index of a remote: beside each recording a small Parquet file of what can be found in it.

``index_names``      what its objects are called
``index_schema``     the columns
``index_rows``       a recording as rows
``parquet_file``     rows as a file
``search_words``     text as words that a search compares
``compaction``       many small files of a day as one
``indexing``         the file of a recording that is pushed
``missing_files``    those of recordings that were pushed without one
"""
