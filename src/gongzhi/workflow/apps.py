from importlib import import_module

from django.apps import AppConfig


class WorkflowConfig(AppConfig):
    name = "gongzhi.workflow"

    def ready(self) -> None:
        """Make this room's kinds of definition known."""
        import_module("gongzhi.workflow.definitions")
