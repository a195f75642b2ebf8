"""The same main job in the second pack: another county, another brand, kinds and words of its own."""

import pytest

from tests.stories.walking import Walker, place, work_off

pytestmark = pytest.mark.django_db
VILLAGE = "620723103204"


def test_from_the_qr_page_to_the_rating_in_the_second_pack() -> None:
    resident, worker, desk = Walker(), Walker("second_worker"), Walker("second_desk")
    resident.go(f"/v/{VILLAGE}/").sees("综治E通").misses("惠民高台")
    order = place(resident, village=VILLAGE, text="村口的路灯不亮了", about="灯")
    work_off()
    (task,) = worker.today()["tasks"]
    order_id = task["matter"]["id"]
    assert worker.command("accept", order_id)["status"] == "done"
    assert worker.command("fulfil", order_id, outcome="solved", words="线接好了")["status"] == "done"
    desk.go("/desk/").sees("综治E通").click("/desk/orders/").sees("线接好了").submit("/steps/check/")
    for username in ("worker", "desk", "county", "outsider", "second_resident"):
        stranger = Walker(username)
        assert stranger.client.get(f"/field/api/matters/{order_id}").status_code == 404, username
        assert stranger.client.get(desk.at).status_code in {403, 404}, username
    resident.go(order.page).sees("综治E通", "线接好了").submit("/rate/", solved="yes", stars="5")
    work_off()
    resident.go(order.page).sees("已结案", "已解决")
    Walker("second_county").go(desk.at).sees("线接好了")
