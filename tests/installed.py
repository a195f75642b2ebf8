"""What every test finds installed: the tables, two counties with all that is above and below, the packs."""

from importlib.util import find_spec

COUNTIES = ("620724", "620723")
PACKS = ("gaotai", "liaoquan")


def install() -> None:
    """Install the present code into the empty database that the connections point at."""
    from gongzhi.project.database import prepare

    prepare()
    if find_spec("gongzhi.project.installation"):
        from gongzhi.project import installation

        for county in COUNTIES:
            installation.install_regions(county)
        for pack in PACKS:
            installation.install_pack(pack)
