"""The screen at any time of a recording.

timeline          screens, frames and activity by time: what others use
play_head         a screen, and the position in the recording that it shows
screen_feed       feeds records to a screen
segment_cache     decoded segments
state_cache       terminal states to restore
frame_times       when pictures were complete
activity          how much happened when
keyframe_builder  makes the keyframes of a recording
keyframe_thread   makes them while recording
packing           packs finished recordings, in a process of its own
paused_screen     follows the screen while a recording is paused, in a process of its own
keyframe_seal     tells the keyframes made on this machine
"""
