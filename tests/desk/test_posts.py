"""Posts at the desk: set up, given, approved by a second person, handed over with what waits, ended."""

from uuid import UUID

import pytest

from gongzhi.core.people.models import Post, Tenure
from gongzhi.core.permissions.actor import enter
from gongzhi.workflow.models import Matter
from tests import cast
from tests.orders.acting import dispatched, placed
from tests.orders.at_desk import desk, page

pytestmark = pytest.mark.django_db


def post_of(role: str, code: int = cast.VILLAGE) -> Post:
    return Post.objects.get(role=role, region_code=code)


def tenure_of(username: str, role: str) -> UUID:
    with enter(person_id=cast.find("admin").person_id):
        held = Tenure.objects.filter(person=cast.find(username).person_id, valid_to=None, post__role=role)
        return held.get().id


def holds(username: str, role: str) -> bool:
    with enter(person_id=cast.find(username).person_id) as actor:
        return any(post.role == role for post in actor.posts)


def test_a_post_is_set_up_given_and_works_at_once() -> None:
    client = desk("admin")
    new = "/desk/posts/new/?place=620724101201.5"
    assert 'value="county_desk"' not in page(client, new)
    answer = client.post(new, {"role": "grid_worker", "title": "二村网格员"})
    assert answer.status_code == 302
    post = post_of("grid_worker", cast.NEXT_VILLAGE)
    found = client.post(f"/desk/posts/{post.id}/find/", {"name": "居民"}).content.decode()
    resident = cast.find("resident").person_id
    assert str(resident) in found
    client.post(f"/desk/posts/{post.id}/give/", {"person": resident})
    assert holds("resident", "grid_worker")


def test_nobody_gives_himself_a_post() -> None:
    post = post_of("grid_worker")
    client = desk("admin")
    admin = cast.find("admin").person_id
    answer = client.post(f"/desk/posts/{post.id}/give/", {"person": admin}, follow=True)
    assert "不能给自己授予岗位" in answer.content.decode()
    assert not holds("admin", "grid_worker")


def test_a_sealed_post_waits_for_a_second_person() -> None:
    post = post_of("county_sealed", cast.COUNTY)
    resident = cast.find("resident").person_id
    first, second = desk("admin"), desk("second")
    first.post(f"/desk/posts/{post.id}/give/", {"person": resident})
    assert not holds("resident", "county_sealed")
    tenure = tenure_of("resident", "county_sealed")
    refused = first.post(f"/desk/posts/{post.id}/approve/", {"tenure": tenure}, follow=True)
    assert "由两个人分别进行" in refused.content.decode()
    assert "等另一位管理员批准" in page(second, f"/desk/posts/{post.id}/")
    second.post(f"/desk/posts/{post.id}/approve/", {"tenure": tenure})
    assert holds("resident", "county_sealed")


def test_a_post_is_handed_over_with_what_waits_for_it() -> None:
    order, _receipt = placed()
    placed(sealed=True)
    dispatched(order)
    client, post = desk("admin"), post_of("grid_worker")
    assert "有1件事等着办" in page(client, f"/desk/posts/{post.id}/")
    tenure, resident = tenure_of("worker", "grid_worker"), cast.find("resident").person_id
    client.post(f"/desk/posts/{post.id}/give/", {"person": resident, "tenure": tenure})
    assert not holds("worker", "grid_worker")
    with enter(person_id=resident):
        assert Matter.objects.get(pk=order).holder_id == post.id
    assert "历任" in page(client, f"/desk/posts/{post.id}/")


def test_who_leaves_a_post_is_no_longer_shown_on_the_villages_page() -> None:
    client, post = desk("admin"), post_of("grid_worker")
    shown = {"title": post.title, "public_name": "王师傅", "public_phone": "0936-6600000", "on_duty": "on"}
    client.post(f"/desk/posts/{post.id}/edit/", shown | {"seen": post.version})
    assert "王师傅" in page(client, "/v/620724101200/")
    tenure, resident = tenure_of("worker", "grid_worker"), cast.find("resident").person_id
    done = client.post(
        f"/desk/posts/{post.id}/give/", {"person": resident, "tenure": tenure}, follow=True
    ).content.decode()
    assert "村页面上不再显示前任的姓名" in done
    assert "王师傅" not in page(client, "/v/620724101200/")
    assert Post.objects.get(pk=post.id).public_phone == "0936-6600000"


def test_who_stays_in_a_shared_post_stays_shown() -> None:
    client, post = desk("admin"), post_of("grid_worker")
    client.post(f"/desk/posts/{post.id}/give/", {"person": cast.find("resident").person_id, "tenure": ""})
    shown = {"title": post.title, "public_name": "王师傅", "public_phone": "", "on_duty": "on"}
    client.post(f"/desk/posts/{post.id}/edit/", shown | {"seen": post.version})
    client.post(f"/desk/posts/{post.id}/end/", {"tenure": tenure_of("worker", "grid_worker")})
    assert "王师傅" in page(client, "/v/620724101200/")


def test_the_count_of_what_waits_tells_nothing_of_sealed_orders_and_nothing_to_others() -> None:
    placed(sealed=True)
    post = post_of("county_sealed", cast.COUNTY)
    assert "件事等着办" not in page(desk("admin"), f"/desk/posts/{post.id}/")
    order, _receipt = placed()
    dispatched(order)
    shown = page(desk("desk"), f"/desk/posts/{post_of('grid_worker').id}/")
    assert "件事等着办" not in shown


def test_a_post_is_ended_and_abolished() -> None:
    client, post = desk("admin"), post_of("grid_worker")
    held = client.post(f"/desk/posts/{post.id}/close/", follow=True)
    assert "还有人任此岗位" in held.content.decode()
    client.post(f"/desk/posts/{post.id}/end/", {"tenure": tenure_of("worker", "grid_worker")})
    assert not holds("worker", "grid_worker")
    client.post(f"/desk/posts/{post.id}/close/")
    assert Post.objects.get(pk=post.id).valid_to is not None


def test_what_residents_see_of_a_post_is_changed_on_the_version_seen() -> None:
    client, post = desk("admin"), post_of("grid_worker")
    data = {
        "title": "一组网格员",
        "public_name": "王师傅",
        "public_phone": "",
        "on_duty": "on",
        "seen": post.version,
    }
    client.post(f"/desk/posts/{post.id}/edit/", data)
    assert Post.objects.get(pk=post.id).title == "一组网格员"
    stale = client.post(f"/desk/posts/{post.id}/edit/", {**data, "title": "别的"}, follow=True)
    assert "有了变化" in stale.content.decode()
    assert Post.objects.get(pk=post.id).title == "一组网格员"


def test_the_platforms_own_post_is_nobodys() -> None:
    post = post_of("platform", cast.COUNTY)
    client = desk("admin")
    assert "/give/" not in page(client, f"/desk/posts/{post.id}/")
    resident = cast.find("resident").person_id
    client.post(f"/desk/posts/{post.id}/give/", {"person": resident})
    assert not holds("resident", "platform")


def test_who_manages_nothing_there_changes_nothing() -> None:
    post = post_of("grid_worker")
    resident = cast.find("resident").person_id
    assert desk("desk").post(f"/desk/posts/{post.id}/give/", {"person": resident}).status_code == 403
    assert desk("second_desk").get(f"/desk/posts/{post.id}/").status_code == 404
    assert "/edit/" not in page(desk("desk"), f"/desk/posts/{post.id}/")
