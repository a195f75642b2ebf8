from importlib import import_module

from django.apps import AppConfig

from gongzhi.shells.desk.registry import tell_open_work


class WorkflowConfig(AppConfig):
    name = "gongzhi.workflow"

    def ready(self) -> None:
        """Make this room's kinds of definition known, what `reconcile` compares, and what waits for a post."""
        import_module("gongzhi.workflow.definitions")
        import_module("gongzhi.workflow.reconcile")
        tell_open_work(import_module("gongzhi.workflow.queries").open_tasks_of)
