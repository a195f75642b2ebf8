from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "gongzhi.shells.desk"
