"""The files room declares: its pages, jobs and command."""

from django.utils.translation import gettext_lazy as _

from yankao.base.health import VitalSign
from yankao.base.registry import Command, System
from yankao.kernel.files import commands, queries
from yankao.kernel.trail.actions import ActionTitle

SYSTEM = System(
    name="kernel.files",
    title=_("檔案"),
    offers=(
        ActionTitle("kernel.files.attached", _("附上檔案")),
        ActionTitle("kernel.files.removed", _("移除檔案")),
        ActionTitle("kernel.files.published", _("公開照片")),
        ActionTitle("kernel.files.withdrawn", _("照片取消公開")),
        ActionTitle("kernel.files.quarantined", _("檔案隔離：掃出惡意程式")),
        VitalSign(
            "files_scan_waiting_minutes",
            _("等待掃毒最久的檔案已等了幾分鐘"),
            queries.longest_scan_wait_minutes,
            limit=15,
        ),
    ),
    jobs=(
        "kernel.files.make_thumbnail",
        "kernel.files.make_published",
        "kernel.files.scan",
        "kernel.files.scan_waiting",
        "kernel.files.expire_uploads",
        "kernel.files.sweep",
    ),
    urls="yankao.kernel.files.pages",
    commands=(Command("files", "檔案：核對、清理", commands.configure, commands.run),),
)
