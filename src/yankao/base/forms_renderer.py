"""How Django's forms become accessible markup: ``{{ form }}`` and ``{{ form.x.as_field_group }}``.

Templates in ``templates/forms``; a widget without one of ours keeps Django's.
"""

from functools import cache
from typing import Any

from django.forms.renderers import TemplatesSetting
from django.template.loader import select_template

_DJANGO_WIDGETS = "django/forms/widgets/"


class ComponentRenderer(TemplatesSetting):
    """Renders labels, hints, errors and inputs of the component library."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"

    def get_template(self, template_name: str) -> Any:
        """Our widget template when there is one, else Django's own."""
        return _template(template_name)


@cache
def _template(name: str) -> Any:
    """Kept for the process, as the template itself is: a form asks twice for each field."""
    return select_template([name.replace(_DJANGO_WIDGETS, "forms/widgets/", 1), name])
