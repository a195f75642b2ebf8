from django.apps import AppConfig


class DefinitionsConfig(AppConfig):
    name = "gongzhi.core.definitions"
