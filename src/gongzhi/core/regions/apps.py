from django.apps import AppConfig


class RegionsConfig(AppConfig):
    name = "gongzhi.core.regions"
