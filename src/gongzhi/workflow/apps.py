from importlib import import_module

from django.apps import AppConfig

from gongzhi.shells.desk.registry import tell_open_matters, tell_open_work


class WorkflowConfig(AppConfig):
    name = "gongzhi.workflow"

    def ready(self) -> None:
        """Make this room's kinds of definition known, what `reconcile` compares, and what waits for a post."""
        import_module("gongzhi.workflow.definitions")
        import_module("gongzhi.workflow.reconcile")
        queries = import_module("gongzhi.workflow.queries")
        tell_open_work(queries.open_tasks_of)
        tell_open_matters(queries.open_matters_in)
        import_module("gongzhi.workflow.desk").register()
