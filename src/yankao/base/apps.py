from django.apps import AppConfig


class BaseConfig(AppConfig):
    name = "yankao.base"
    label = "base"
