"""What secrets look like: rules as data, a module for each kind of place they stand in.

``secret_rule``      what a rule is, and what it finds
``secret_names``     which names promise a secret
``plausibility``     whether what is assigned to such a name is one
``randomness``       whether a text looks random
``assignments``      ``NAME=x`` in any language
``http_secrets``     headers, cookies, URLs
``command_secrets``  options of commands
``file_secrets``     formats of files
``prompts``          questions and answers
``issuers``          tokens in their issuers' shapes
``scanners``         where in a text rules may match
``escapes``          what stands before a token and is no part of a word
``name_places``      where the names of secrets are in a text
``vocabulary``       what a text may have, by its words
"""
