"""Work sheets: what stands on paper, and whose telephone does not."""

import pytest

from gongzhi.core.audit.models import PersonalDataRead
from tests import cast
from tests.architecture.probes import as_
from tests.orders.acting import dispatched, matter, placed
from tests.orders.at_desk import desk, page, statements

pytestmark = pytest.mark.django_db


def test_a_sheet_says_where_and_what_and_no_telephone() -> None:
    order_id, _receipt = placed(phone="13912345678", name="赵大爷", share_phone=True)
    dispatched(order_id)
    number = matter(order_id).number
    shown = page(desk(), f"/desk/sheets/?order={number}")
    assert number in shown
    assert "路灯坏了三天" in shown
    assert "data:image/svg+xml" in shown
    assert "13912345678" not in shown
    assert "赵大爷" not in shown


def test_a_telephone_stands_there_with_a_reason_and_only_where_it_is_shared() -> None:
    shared, kept = placed(phone="13912345678", share_phone=True)[0], placed(phone="13787654321")[0]
    numbers = [matter(each).number for each in (shared, kept)]
    address = f"/desk/sheets/?order={numbers[0]}&order={numbers[1]}"
    client = desk()
    assert client.post(address, {"reason": "看"}).status_code == 422
    told = client.post(address, {"reason": "上门核实情况"}).content.decode()
    assert "13912345678" in told
    assert "13787654321" not in told
    with as_("admin"):
        assert PersonalDataRead.objects.filter(thread=shared).count() == 1
        assert not PersonalDataRead.objects.filter(thread=kept).exists()


def test_nothing_of_others_and_nothing_sealed_is_printed() -> None:
    foreign = placed(region_code=cast.OTHER_VILLAGE)[0]
    placed(sealed=True)
    with as_("sealed"):
        from gongzhi.workflow.models import Matter

        secret = Matter.objects.get(sealed_to__isnull=False).number
    assert "没有可以打印的" in page(desk(), f"/desk/sheets/?order={matter(foreign).number}")
    assert "没有可以打印的" in page(desk("sealed"), f"/desk/sheets/?order={secret}")
    assert desk("worker").get("/desk/sheets/").status_code == 403
    assert desk("resident").get("/desk/sheets/").status_code == 403


def test_many_sheets_need_few_statements_and_are_bounded() -> None:
    numbers = [matter(placed()[0]).number for _ in range(5)]
    client = desk()
    led = client.post("/desk/sheets/chosen/", {"order": numbers})["Location"]
    assert len(statements(client, led)) <= 8
    assert (
        client.post("/desk/sheets/chosen/", {"order": [f"N{n}" for n in range(99)]})["Location"].count(
            "order="
        )
        == 20
    )
