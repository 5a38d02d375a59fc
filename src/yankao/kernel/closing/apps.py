from django.apps import AppConfig


class ClosingConfig(AppConfig):
    name = "yankao.kernel.closing"
    label = "kernel_closing"
    default_auto_field = "django.db.models.BigAutoField"
