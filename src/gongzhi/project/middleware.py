"""Answers that need no session: whether this process could serve at all."""

from collections.abc import Callable

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

HEALTH_PATH = "/healthz"


class ReadyMiddleware:
    """Answers /healthz: 200 when the database answers and every migration is applied, otherwise 503."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.migrated = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the health check; pass everything else on."""
        if request.path != HEALTH_PATH:
            return self.get_response(request)
        try:
            self._look()
        except DatabaseError:
            connection.close()
            return self._answer(database=False)
        return self._answer(database=True)

    def _look(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not self.migrated:  # once true, true for the life of this process
            self.migrated = not waiting_migrations()

    def _answer(self, *, database: bool) -> HttpResponse:
        ready = database and self.migrated
        body = {"database": database, "migrations": self.migrated}
        return JsonResponse(body, status=200 if ready else 503, headers={"Cache-Control": "no-store"})


def waiting_migrations() -> list[str]:
    """The migrations of this release that the database has not had yet."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]
