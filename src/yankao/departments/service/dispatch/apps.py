from django.apps import AppConfig


class DispatchConfig(AppConfig):
    name = "yankao.departments.service.dispatch"
    label = "service_dispatch"
    default_auto_field = "django.db.models.BigAutoField"
