"""The settings of a process that a test starts over its own clone of the database."""

import os

from gongzhi.project.settings import *  # noqa: F403

for each in DATABASES.values():  # noqa: F405
    each["NAME"] = os.environ["GONGZHI_TEST_DATABASE"]
