from django.apps import AppConfig


class SatisfactionConfig(AppConfig):
    name = "yankao.departments.service.satisfaction"
    label = "service_satisfaction"
    default_auto_field = "django.db.models.BigAutoField"
