from django.apps import AppConfig


class AnswersConfig(AppConfig):
    name = "yankao.kernel.answers"
    label = "kernel_answers"
    default_auto_field = "django.db.models.BigAutoField"
