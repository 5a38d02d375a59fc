from django.apps import AppConfig


class DoorsConfig(AppConfig):
    name = "yankao.kernel.doors"
    label = "kernel_doors"
    default_auto_field = "django.db.models.BigAutoField"
