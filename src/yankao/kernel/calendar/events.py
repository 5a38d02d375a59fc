"""What the calendar announces."""

STOP_WORK_CHANGED = "kernel.calendar.stop_work_changed"
"""``on``: ISO day that became or ceased to be a day off; ``districts``: codes, empty = all."""
