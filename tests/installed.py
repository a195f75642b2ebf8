"""What every test finds installed: the tables, two counties with all that is above and below, the packs."""

from django.db import connections

from gongzhi.core.command.definitions import install_pack
from gongzhi.core.regions import install as regions
from gongzhi.core.regions.rules import parse_code
from gongzhi.project.database import prepare
from tests.cast import populate

COUNTIES = ("620724", "620723")
PACKS = ("gaotai", "liaoquan")


def install() -> None:
    """Install the present code into the empty database that the connections point at."""
    prepare()
    for county in COUNTIES:
        regions.install(connections["owner"], parse_code(county))
    for pack in PACKS:
        install_pack(pack)
    populate()
