"""Commands about secrets in recordings.

redact_list   the rules of one's own that apply here
redact_test   what rules would mask in a file
scrub         masks a recording that exists
"""
