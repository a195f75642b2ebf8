from importlib import import_module

from django.apps import AppConfig


class DefinitionsConfig(AppConfig):
    name = "gongzhi.core.definitions"

    def ready(self) -> None:
        """Make this room's kinds of definition known."""
        import_module("gongzhi.core.definitions.kinds")
