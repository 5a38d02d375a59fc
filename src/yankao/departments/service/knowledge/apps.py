from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "yankao.departments.service.knowledge"
    label = "service_knowledge"
    default_auto_field = "django.db.models.BigAutoField"
