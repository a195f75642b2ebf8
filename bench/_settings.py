"""The settings of the benches: those of an installation, with no bound on anonymous orders."""

from gongzhi.project.settings import *  # noqa: F403

ALLOWED_HOSTS = [*ALLOWED_HOSTS, "testserver"]  # noqa: F405
INTAKE_AN_HOUR = (10**9, 10**9)
