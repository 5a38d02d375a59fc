from django.apps import AppConfig


class TrailConfig(AppConfig):
    name = "yankao.kernel.trail"
    label = "kernel_trail"
    default_auto_field = "django.db.models.BigAutoField"
