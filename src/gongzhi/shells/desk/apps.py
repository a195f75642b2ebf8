from importlib import import_module

from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "gongzhi.shells.desk"

    def ready(self) -> None:
        """Put the desk's own pages into its navigation, and tell what it keeps of a person."""
        import_module("gongzhi.shells.desk.navigation").register()
        import_module("gongzhi.shells.desk.holdings").register()
