from django.apps import AppConfig


class RepliesConfig(AppConfig):
    name = "yankao.kernel.replies"
    label = "kernel_replies"
    default_auto_field = "django.db.models.BigAutoField"
