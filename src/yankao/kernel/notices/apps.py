from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "yankao.kernel.notices"
    label = "kernel_notices"
    default_auto_field = "django.db.models.BigAutoField"
