from django.apps import AppConfig


class ObligationsConfig(AppConfig):
    name = "yankao.kernel.obligations"
    label = "kernel_obligations"
    default_auto_field = "django.db.models.BigAutoField"
