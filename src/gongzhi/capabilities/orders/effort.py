"""What the forms of orders ask of those who work on them: declared here, beside the steps, as data."""

from django.utils.translation import gettext_lazy as _

from gongzhi.shells.desk.effort import Effort, declare

EFFORTS = {
    "order.placed": Effort(_("代群众填单"), asked=6, twice=2, filled=4, seconds=180),
    "order.taken_in": Effort(_("确认收件"), asked=0, filled=1, seconds=20),
    "order.dispatched": Effort(_("派单"), asked=2, filled=2, seconds=45),
    "order.categorised": Effort(_("更正类别"), asked=1, twice=1, seconds=20),
    "order.accepted": Effort(_("接单"), asked=0, filled=2, seconds=10),
    "order.started": Effort(_("开始办理"), asked=0, filled=2, seconds=10),
    "order.fulfilled": Effort(_("办结"), asked=2, filled=3, seconds=90),
    "order.photographed": Effort(_("加照片"), asked=1, filled=2, seconds=30),
    "order.checked": Effort(_("核查"), asked=1, filled=2, seconds=120),
    "order.sent_back": Effort(_("核查退回"), asked=2, filled=2, seconds=60),
    "order.returned": Effort(_("退回"), asked=2, filled=2, seconds=45),
    "order.transferred": Effort(_("转办"), asked=3, filled=1, seconds=60),
    "order.passed_on": Effort(_("转给别的岗位"), asked=3, filled=1, seconds=45),
    "order.refused": Effort(_("清单外拒办"), asked=1, filled=2, seconds=30),
    "order.reported_up": Effort(_("上报（吹哨）"), asked=2, filled=2, seconds=45),
    "order.handed_down": Effort(_("下派"), asked=1, filled=2, seconds=60),
    "order.decision_asked": Effort(_("报请裁定"), asked=1, filled=2, seconds=60),
    "order.competence_decided": Effort(_("裁定归谁办"), asked=2, filled=2, seconds=120),
    "order.hand_asked": Effort(_("请岗位协办"), asked=2, filled=1, seconds=60),
    "order.part_done": Effort(_("协办办好"), asked=1, filled=2, seconds=60),
    "order.hand_released": Effort(_("不用协办了"), asked=2, filled=1, seconds=20),
    "order.handed_up": Effort(_("上报"), asked=2, filled=2, seconds=60),
    "order.answered": Effort(_("回复反映人"), asked=1, filled=2, seconds=90),
    "order.noted": Effort(_("内部备注"), asked=1, filled=2, seconds=60),
    "order.chased": Effort(_("督办"), asked=1, filled=2, seconds=60),
    "order.help_asked": Effort(_("请求协助"), asked=1, filled=2, seconds=60),
    "order.help_answered": Effort(_("答复协助"), asked=1, filled=2, seconds=60),
    "order.extension_asked": Effort(_("申请延期"), asked=3, filled=2, seconds=60),
    "order.pause_asked": Effort(_("申请暂停计时"), asked=2, filled=2, seconds=45),
    "order.extended": Effort(_("同意延期"), asked=1, filled=2, seconds=30),
    "order.declined": Effort(_("说明后结案"), asked=3, filled=2, seconds=120),
    "order.closed": Effort(_("结案"), asked=0, filled=2, seconds=10),
}


def register() -> None:
    """Make known what these forms ask."""
    declare(EFFORTS)
