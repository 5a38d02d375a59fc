from django.apps import AppConfig


class PetitionsConfig(AppConfig):
    name = "yankao.departments.service.petitions"
    label = "service_petitions"
    default_auto_field = "django.db.models.BigAutoField"
