"""Who may read the trail."""

from yankao.base.actors import Actor

READ = "kernel.trail.read"


def may_read_trail(actor: Actor) -> bool:
    """Read, export and verify the trail (稽核、研考會)."""
    return actor.holds(READ)
