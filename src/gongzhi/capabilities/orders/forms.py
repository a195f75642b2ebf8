"""What residents fill in: an order's words and contact, a receipt's code, and each step that is theirs."""

from typing import Any, Self

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from gongzhi.capabilities.orders import pictures
from gongzhi.capabilities.orders.calling import follow_up
from gongzhi.capabilities.orders.commands.placing import LONGEST_TEXT
from gongzhi.capabilities.orders.rules import normalise_receipt
from gongzhi.core.command.running import Refused
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.people.cipher import plain_number
from gongzhi.core.people.rules import is_phone

MOST_WORDS = 2000


class PhotosInput(forms.FileInput):
    """A file field of several photos; the photos that were chosen are always a list."""

    allow_multiple_selected = True

    def __init__(self) -> None:
        super().__init__(attrs={"accept": "image/*", "multiple": True})

    def value_from_datadict(  # noqa: PLR0917  (Django's signature)
        self, data: Any, files: Any, name: str
    ) -> "list[UploadedFile[Any]]":
        """All the files of this field."""
        return list(files.getlist(name)) if files else []


class PhotosField(forms.Field):
    """Several photos. What is wrong with one of them does not lose the others: see `PhotosForm.pictures`."""

    widget = PhotosInput


class PhotosForm(forms.Form):
    """Photos that come with a form."""

    photos = PhotosField(label=gettext_lazy("照片"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pictures: list[pictures.Picture] = []

    def read_photos(self, room: int, most: int) -> None:
        """Read the photos that came with the form into `pictures`, and say what is wrong with the others.

        `room`: so many are taken yet, of `most` altogether.
        """
        chosen: list[UploadedFile[Any]] = self.cleaned_data.get("photos") or []
        if len(chosen) > room:
            self.add_error("photos", _("一共最多 %(most)d 张照片，多出的没有收。") % {"most": most})
        for file in chosen[:room]:
            try:
                self.pictures.append(_picture(file))
            except Refused as refused:
                self.add_error("photos", f"{file.name}：{refused.message}")


class MorePhotosForm(PhotosForm):
    """Photos that the resident adds to an order. Sent twice under the same `key`, they are added once."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)
    photos = PhotosField(
        label=gettext_lazy("照片"), error_messages={"required": gettext_lazy("请选一张照片再提交。")}
    )


class WordsForm(PhotosForm):
    """What happened, where, and photos of it. With photos (`has_photos`: sent before), words may stay away."""

    text = forms.CharField(
        label=gettext_lazy("说说是什么事"),
        error_messages={"required": gettext_lazy("请写一句话，或者附一张照片。")},
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off"}),
    )
    place_text = forms.CharField(
        label=gettext_lazy("在什么地方"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    lon = forms.FloatField(required=False, min_value=-180, max_value=180, widget=forms.HiddenInput)
    lat = forms.FloatField(required=False, min_value=-90, max_value=90, widget=forms.HiddenInput)

    def __init__(self, *args: Any, has_photos: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].required = not (has_photos or self.files)

    @property
    def point(self) -> tuple[float, float] | None:
        """The place of the phone, where the resident gave it."""
        lon, lat = self.cleaned_data.get("lon"), self.cleaned_data.get("lat")
        return None if lon is None or lat is None else (lon, lat)


class ContactForm(forms.Form):
    """Whom it is about, and how to reach the resident. `asks_sealing`, `asks_helpers`: what the kind allows."""

    about_own = forms.ChoiceField(
        label=gettext_lazy("这件事是反映本村的干部或工作人员吗？"),
        choices=[("no", gettext_lazy("不是")), ("yes", gettext_lazy("是，请替我保密"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选一个：是，还是不是。")},
    )
    name = forms.CharField(
        label=gettext_lazy("怎么称呼您"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    phone = forms.CharField(
        label=gettext_lazy("电话"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "tel", "type": "tel", "autocomplete": "tel"}),
    )
    share_phone = forms.BooleanField(label=gettext_lazy("让经办人看到我的电话"), required=False)
    open_to_helpers = forms.BooleanField(label=gettext_lazy("让党员、志愿者也可以来帮忙"), required=False)

    def __init__(self, *args: Any, asks_sealing: bool, asks_helpers: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_sealing:
            del self.fields["about_own"]
        if not asks_helpers:
            del self.fields["open_to_helpers"]

    def clean_phone(self) -> str:
        """The number as it was typed. Refuses what cannot be a telephone number."""
        phone: str = self.cleaned_data["phone"].strip()
        if phone and not is_phone(plain_number(phone)):
            raise forms.ValidationError(_("电话号码不对：请填 11 位手机号，或带区号的座机号。"))
        return phone

    @property
    def sealed(self) -> bool:
        """Whether the order is about the village's own people."""
        return self.cleaned_data.get("about_own") == "yes"


class ReceiptForm(forms.Form):
    """The code of a receipt, typed by hand."""

    code = forms.CharField(
        label=gettext_lazy("回执号"),
        max_length=60,
        error_messages={"required": gettext_lazy("请填回执上的 16 位字母和数字。")},
        widget=forms.TextInput(
            attrs={"autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"}
        ),
    )

    def clean_code(self) -> str:
        """The sixteen letters, however they were typed. Refuses what cannot be a receipt."""
        try:
            return normalise_receipt(self.cleaned_data["code"])
        except ValueError:
            raise forms.ValidationError(_("回执号是 16 位字母和数字，请对照回执再看一遍。")) from None


class StepForm(forms.Form):
    """A step that the resident takes. `key` makes it happen once, however often the form is sent."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)
    words = forms.CharField(
        required=False, max_length=MOST_WORDS, widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"})
    )

    def of_place(self, region_code: int) -> Self:
        """The same form with what the place's own rules offer."""
        return self


class EraseForm(forms.Form):
    """The resident has his information deleted: `what` the page offered, and that he is sure."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)
    what = forms.ChoiceField(choices=[("all", "all"), ("contact", "contact")], widget=forms.HiddenInput)
    sure = forms.BooleanField(
        label=gettext_lazy("我知道删除以后不能恢复"),
        error_messages={"required": gettext_lazy("请先勾选这一项，再点“确定删除”。")},
    )


class AddForm(StepForm):
    """Words that the resident adds."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["words"].required = True
        self.fields["words"].label = _("要补充什么")
        self.fields["words"].error_messages["required"] = _("请写几个字再提交。")


class WithdrawForm(StepForm):
    """The resident takes the order back."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["words"].label = _("为什么撤回")


class UrgeForm(StepForm):
    """The resident asks what keeps it; words may go with it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["words"].label = _("想说的话")


class ReopenForm(StepForm):
    """The resident says that it is not solved."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["words"].label = _("哪里还没有解决")


class RateForm(StepForm):
    """The resident judges: stars (from five to one, as the styles need them), and whether it was solved."""

    stars = forms.TypedChoiceField(
        label=gettext_lazy("您满意吗？"),
        coerce=int,
        choices=[
            (5, gettext_lazy("5 颗星，很满意")),
            (4, gettext_lazy("4 颗星，满意")),
            (3, gettext_lazy("3 颗星，一般")),
            (2, gettext_lazy("2 颗星，不满意")),
            (1, gettext_lazy("1 颗星，很不满意")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请点一颗到五颗星。")},
    )
    solved = forms.ChoiceField(
        label=gettext_lazy("事情解决了吗？"),
        choices=[
            ("yes", gettext_lazy("解决了")),
            ("partly", gettext_lazy("解决了一部分")),
            ("no", gettext_lazy("没有解决，请重办")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选一个：事情解决了没有。")},
    )
    complaints = forms.MultipleChoiceField(
        label=gettext_lazy("哪里不满意（可以选几项，也可以不选）"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    field_order = ["solved", "stars", "complaints", "words", "key"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["words"].label = _("还想说什么")

    def of_place(self, region_code: int) -> Self:
        """With the complaints of the place's closed list."""
        listed = follow_up(region_code).complaints.items()
        language = get_language() or "zh"
        self.fields["complaints"].choices = [(key, each.name.of(language)) for key, each in listed]  # type: ignore[attr-defined]
        return self


def _picture(file: "UploadedFile[Any]") -> pictures.Picture:
    if file.size is not None and file.size > pictures.MOST_BYTES:
        raise Refused("photo_size", _("照片太大，请换一张 12 MB 以内的。"))
    return pictures.read_picture(file.read())
