"""What others may ask about a person."""

from django.urls import reverse

from yankao.base.actors import Actor
from yankao.kernel.people import queries


class PersonSubject:
    """A person as a subject of files, notices and the trail."""

    kind = queries.PERSON_KIND

    def title(self, id: int) -> str:
        """The person's name, or its key when there is none of that id."""
        view = queries.person_views([id]).get(id)
        return view.name if view else queries.person_key(id)

    def address(self, id: int) -> str:
        return reverse("kernel_people:person", args=[id])

    def may_see(self, actor: Actor, id: int) -> bool:
        """Whether the actor may see the person's page."""
        return queries.may_see_person(actor, id)
