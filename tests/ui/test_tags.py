"""Template tags: icons, states, fields, pages by key."""

from datetime import timedelta

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone

from gongzhi.ui.templatetags import ui


class Question(forms.Form):
    words = forms.CharField(label="说什么", help_text="一句话也行")
    place = forms.CharField(label="在哪里", required=False)
    kind = forms.ChoiceField(label="哪一类", choices=[("a", "路"), ("b", "水")], widget=forms.RadioSelect)


def rendered(source: str, path: str = "/", **context: object) -> str:
    request = RequestFactory().get(path)
    return Template("{% load ui %}" + source).render(Context({"request": request, **context}))


def test_a_state_is_said_in_words_and_not_by_colour_alone() -> None:
    badge = ui.state_badge("accepted", "已接单")
    assert "已接单" in badge
    assert "gz-tone-working" in badge
    assert 'aria-hidden="true"' in badge


def test_an_unknown_state_of_a_pack_still_has_its_words() -> None:
    assert "gz-tone-plain" in ui.state_badge("state_of_another_pack", "另一种")


def test_a_flow_may_say_the_tone_of_its_own_states() -> None:
    assert "gz-tone-working" in ui.state_badge("state_of_another_pack", "另一种", tone="moving")


def test_the_words_of_a_state_are_escaped() -> None:
    assert "<script>" not in ui.state_badge("placed", "<script>")


def test_a_time_carries_its_absolute_form() -> None:
    at = timezone.now() - timedelta(days=1)
    shown = ui.when(at)
    assert at.isoformat() in shown
    assert "昨天" in shown
    assert f'title="{timezone.localtime(at).year}年' in shown


def test_a_field_ties_label_hint_and_error_together() -> None:
    shown = rendered("{% for bound in form %}{% field bound %}{% endfor %}", form=Question({}))
    assert 'aria-describedby="id_words_hint id_words_error"' in shown
    assert 'aria-invalid="true"' in shown
    assert "（可不填）" in shown
    assert "<legend" in shown


def test_the_summary_leads_to_each_wrong_field() -> None:
    shown = rendered("{% error_summary form %}", form=Question({}))
    assert 'href="#id_words"' in shown
    assert 'role="alert"' in shown


def test_a_label_that_asks_needs_no_colon() -> None:
    class Asked(forms.Form):
        solved = forms.CharField(label="解决了吗？")

    shown = rendered("{% error_summary form %}", form=Asked({}))
    assert "解决了吗？：" not in shown
    assert "解决了吗？" in shown


def test_no_summary_stands_over_a_form_that_is_right() -> None:
    assert (
        rendered("{% error_summary form %}", form=Question({"words": "路灯坏了", "kind": "a"})).strip() == ""
    )


def test_pages_by_key_keep_the_filters_and_drop_the_other_key() -> None:
    shown = rendered('{% keyset after="k9" %}', "/desk/?state=placed&before=k1")
    assert 'href="?state=placed&amp;after=k9"' in shown
    assert "prev" not in shown


def test_one_page_needs_no_paging() -> None:
    assert rendered("{% keyset %}", "/desk/?state=placed").strip() == ""


@pytest.mark.parametrize(("code", "groups"), [("ABCDEFGH", "ABCD EFGH"), ("ABCD-EFGH-J", "ABCD EFGH J")])
def test_a_long_code_is_shown_in_groups(code: str, groups: str) -> None:
    assert ui.spaced(code) == groups
