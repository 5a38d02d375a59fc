from django.apps import AppConfig


class FiguresConfig(AppConfig):
    name = "yankao.kernel.figures"
    label = "kernel_figures"
    default_auto_field = "django.db.models.BigAutoField"
