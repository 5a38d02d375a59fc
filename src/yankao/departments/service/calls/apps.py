from django.apps import AppConfig


class CallsConfig(AppConfig):
    name = "yankao.departments.service.calls"
    label = "service_calls"
    default_auto_field = "django.db.models.BigAutoField"
