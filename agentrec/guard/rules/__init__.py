"""The rules: each looks at what changed and yields findings.

- ``file_change``: a file before and after, as rules see it
- ``function_limits``: length, complexity, parameters, nesting
- ``duplicate_functions``: functions that are there already
- ``file_limits``: growth, binary and huge files
- ``path_rules``: protected paths, and changes outside the allowed ones
- ``linter_tables``: linter settings in files that hold other things, too
- ``weaker_tests``: tests that are gone, skipped, or check less
- ``hardcoded_secrets``: secrets in files
"""
