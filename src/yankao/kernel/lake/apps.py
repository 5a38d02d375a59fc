from django.apps import AppConfig


class LakeConfig(AppConfig):
    name = "yankao.kernel.lake"
    label = "kernel_lake"
    default_auto_field = "django.db.models.BigAutoField"
