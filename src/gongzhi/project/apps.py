from django.apps import AppConfig


class ProjectConfig(AppConfig):
    name = "gongzhi.project"
