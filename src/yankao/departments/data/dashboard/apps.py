from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "yankao.departments.data.dashboard"
    label = "data_dashboard"
    default_auto_field = "django.db.models.BigAutoField"
