from importlib import import_module

from django.apps import AppConfig


class CommandConfig(AppConfig):
    name = "gongzhi.core.command"

    def ready(self) -> None:
        """Tell what the register keeps of a person, and how he is forgotten again after a restore."""
        import_module("gongzhi.core.command.holdings").register()
        import_module("gongzhi.core.command.forgetting").register()
