from django.apps import AppConfig


class FrontConfig(AppConfig):
    name = "yankao.departments.portal.front"
    label = "portal_front"
    default_auto_field = "django.db.models.BigAutoField"
