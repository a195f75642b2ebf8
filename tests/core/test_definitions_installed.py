"""Packs in the database: versions that never change, and the nearest pack over a place."""

from pathlib import Path
from uuid import uuid4

import pytest
from django.db import Error, connections, transaction

from gongzhi.core.command.definitions import install_pack
from gongzhi.core.definitions import queries
from gongzhi.core.definitions.kinds import Role
from gongzhi.core.definitions.models import Current, Definition, Installation, Pack
from gongzhi.core.definitions.packs import PackError
from gongzhi.core.events.models import Event
from gongzhi.core.permissions.models import RoleRight
from gongzhi.core.regions.rules import parse_code

COUNTY = parse_code("620724")
VILLAGE = parse_code("620724105203")
TOWN = parse_code("620723103")
TOWN_VILLAGE = parse_code("620723103204")
ELSEWHERE = parse_code("620723101201")


@pytest.fixture(autouse=True)
def _afresh() -> None:
    queries.forget()


@pytest.fixture
def packs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for packs of a test."""
    monkeypatch.setenv("GONGZHI_PACKS", str(tmp_path))
    return tmp_path


def write_pack(packs: Path, key: str, *, region: str = "620724105", **roles: str) -> None:
    folder = packs / key
    folder.mkdir(exist_ok=True)
    (folder / "pack.yaml").write_text(
        f"""
name: {{zh: 试, en: Trial}}
version: 1.0.0
extends: base
region: "{region}"
region_level: township
owner: "620724"
brand:
  name: {{zh: 试, en: Trial}}
  about: {{zh: 试, en: Trial}}
  report: {{zh: 报, en: Report}}
  service: {{zh: 办, en: Service}}
"""
    )
    body = "".join(
        f"  {role}: {{name: {{zh: {name}, en: {name}}}, duty: {{zh: 做, en: Work}}, levels: [village]}}\n"
        for role, name in roles.items()
    )
    (folder / "roles.yaml").write_text(f"role:\n{body}" if body else "{}")


@pytest.mark.django_db(databases=["default", "owner"])
class TestQueries:
    def test_the_nearest_pack_over_a_place_shows_its_brand(self) -> None:
        shown = {place: queries.pack_over(place) for place in (VILLAGE, TOWN_VILLAGE, ELSEWHERE)}
        assert {place: pack.key if pack else None for place, pack in shown.items()} == {
            VILLAGE: "gaotai",
            TOWN_VILLAGE: "liaoquan",
            ELSEWHERE: "base",
        }

    def test_what_a_pack_does_not_define_comes_from_the_pack_that_it_extends(self) -> None:
        assert queries.get("flow", "order", region_code=VILLAGE).pack == "base"

    def test_kinds_that_a_pack_replaces_do_not_mix_with_the_base(self) -> None:
        kinds = queries.all_of("order_kind", region_code=VILLAGE)
        assert {each.pack for each in kinds} == {"gaotai"}
        assert {each.pack for each in queries.all_of("order_kind", region_code=ELSEWHERE)} == {"base"}

    def test_the_models_class_can_be_asked_for_instead_of_the_name(self) -> None:
        found = queries.get(Role, "desk", region_code=VILLAGE)
        assert found.body.acts_as == ["desk", "checker", "upper"]
        assert queries.by_id(found.id) == found

    def test_definitions_come_in_the_order_of_the_pack(self) -> None:
        keys = [each.key for each in queries.all_of("category", region_code=ELSEWHERE)]
        assert keys[:3] == ["facilities", "road", "street_light"]

    def test_what_nobody_defines_is_refused_in_words(self) -> None:
        with pytest.raises(LookupError, match="no installed pack defines the flow 'nothing'"):
            queries.get("flow", "nothing", region_code=VILLAGE)
        with pytest.raises(LookupError, match="no definition"):
            queries.by_id(uuid4())

    def test_everything_is_read_once(self, django_assert_num_queries: object) -> None:
        queries.get("flow", "order")
        with django_assert_num_queries(0):  # type: ignore[operator]
            queries.get("flow", "order", region_code=VILLAGE)
            queries.all_of("category")
            queries.pack_over(VILLAGE)


@pytest.mark.django_db(databases=["default", "owner"], transaction=True)
class TestInstalling:
    def test_installing_the_same_pack_again_changes_nothing(self) -> None:
        epoch = Installation.objects.get().epoch
        versions = Definition.objects.count()
        events = Event.objects.using("owner").filter(name="pack.installed").count()
        assert not any(done.anything for done in install_pack("gaotai"))
        assert Installation.objects.get().epoch == epoch
        assert Definition.objects.count() == versions
        assert Event.objects.using("owner").filter(name="pack.installed").count() == events

    def test_a_new_version_governs_from_now_on_and_the_old_one_stays_readable(self, packs: Path) -> None:
        write_pack(packs, "trial", helper="甲", watcher="丙")
        install_pack("trial")
        first = queries.get(Role, "helper", region_code=VILLAGE)
        write_pack(packs, "trial", helper="乙")
        done = install_pack("trial")[-1]
        assert (done.changed, done.dropped) == (("role helper",), ("role watcher",))
        second = queries.get(Role, "helper", region_code=VILLAGE)
        assert (first.number, second.number) == (1, 2)
        assert queries.by_id(first.id).body.name.zh == "甲"
        assert second.body.name.zh == "乙"
        with pytest.raises(LookupError):
            queries.get("role", "watcher", region_code=VILLAGE)

    def test_the_nearer_of_two_packs_wins(self, packs: Path) -> None:
        write_pack(packs, "trial", grid_lead_assistant="甲")
        install_pack("trial")
        pack = queries.pack_over(VILLAGE)
        assert pack is not None
        assert pack.key == "trial"
        assert queries.get("role", "desk", region_code=VILLAGE).pack == "base"
        assert queries.pack_over(COUNTY).key == "gaotai"  # type: ignore[union-attr]

    def test_it_records_an_event_and_fills_the_rights_of_roles(self, packs: Path) -> None:
        write_pack(packs, "trial", helper="甲")
        install_pack("trial")
        event = Event.objects.using("owner").filter(name="pack.installed").latest("recorded_at")
        assert event.data["pack"] == "trial"
        assert event.region_code == parse_code("620724105")
        rights = set(RoleRight.objects.filter(role="grid_worker").values_list("right", flat=True))
        assert rights == {"see_matters", "work_matters", "act_handler"}
        assert RoleRight.objects.filter(role="county_sealed", sealed=True).exists()
        assert not RoleRight.objects.filter(role="admin", right="sealed").exists()

    def test_a_pack_with_faults_or_without_its_place_is_not_installed(self, packs: Path) -> None:
        write_pack(packs, "nowhere", region="990101001")
        with pytest.raises(PackError, match="not among the divisions"):
            install_pack("nowhere")
        assert not Pack.objects.filter(key="nowhere").exists()

    def test_a_version_is_never_changed_or_deleted(self) -> None:
        for sql in (
            "UPDATE definitions_definition SET body = '{}'",
            "DELETE FROM definitions_definition",
            "TRUNCATE definitions_definition CASCADE",
        ):
            with pytest.raises(Error, match="never changed or deleted"), transaction.atomic(using="owner"):
                connections["owner"].cursor().execute(sql)

    def test_the_web_role_reads_and_never_writes(self) -> None:
        assert Current.objects.using("default").exists()
        for table in ("definitions_definition", "definitions_current", "definitions_pack"):
            with pytest.raises(Error, match="permission denied"), transaction.atomic(using="default"):
                connections["default"].cursor().execute(f"DELETE FROM {table}")
