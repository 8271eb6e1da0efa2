"""Commands that make a new recording of parts of others.

cut            a stretch, or all but some stretches
trim           without long pauses
speed          faster or slower
join           one after the other
new_recording  what they share: options, the line about what was written
"""
