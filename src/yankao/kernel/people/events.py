"""What the room announces."""

TO_TELL = "kernel.people.to_tell"
"""Somebody is to hear of a change of their own account: ``person_id``, ``template``, ``context``
(words by placeholder) and ``once``. Notices stand above this room, so they listen and send."""
