from django.apps import AppConfig


class CitizensConfig(AppConfig):
    name = "yankao.departments.service.citizens"
    label = "service_citizens"
    default_auto_field = "django.db.models.BigAutoField"
