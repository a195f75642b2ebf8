"""The keys under which commands are answered once."""

from django.db import models


class CommandKey(models.Model):
    """An actor's client id, inserted before anything else; a repetition gets the answer that was kept.

    The same key with another payload (`digest`) is a conflict. `subject_table` and `subject_id` name the row whose
    visibility is checked again before the answer is repeated.
    """

    pk = models.CompositePrimaryKey("actor_key", "client_id")
    actor_key = models.CharField(max_length=80)
    client_id = models.UUIDField()
    digest = models.BinaryField()
    answer = models.JSONField(null=True)
    subject_table = models.CharField(max_length=63, blank=True)
    subject_id = models.UUIDField(null=True)
    at = models.DateTimeField()
