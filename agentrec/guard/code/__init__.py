"""What source code says: functions in 17 languages, and which of them are equal.

- ``source_language``: the languages, from ``languages.toml``
- ``function_facts``: the functions of a file, measured
- ``function_names``: what a function is called, and how many parameters it has
- ``function_index``: functions of a project by their shape
"""
