"""What a folder without a project file holds: functions told from names and source text.  [pure]

`detect.detect` is the way in; a walk that someone else made is its input.
"""
