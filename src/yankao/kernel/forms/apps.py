from django.apps import AppConfig


class FormsConfig(AppConfig):
    name = "yankao.kernel.forms"
    label = "kernel_forms"
    default_auto_field = "django.db.models.BigAutoField"
