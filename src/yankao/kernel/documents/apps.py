from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "yankao.kernel.documents"
    label = "kernel_documents"
    default_auto_field = "django.db.models.BigAutoField"
