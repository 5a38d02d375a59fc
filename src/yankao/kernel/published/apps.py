from django.apps import AppConfig


class PublishedConfig(AppConfig):
    name = "yankao.kernel.published"
    label = "kernel_published"
    default_auto_field = "django.db.models.BigAutoField"
