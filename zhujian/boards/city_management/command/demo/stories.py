"""What happened in the demo county: reports of every source, cases in every state, and what goes wrong on the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from django.utils import timezone

from zhujian.boards.city_management.command import jobs, services
from zhujian.boards.city_management.command.demo.cast import Cast
from zhujian.boards.city_management.command.models import Case
from zhujian.foundation.identity.selectors import organisation_for
from zhujian.foundation.kernel import scope

# kind, class, what people write
THINGS = [
    ("event", "0110", "垃圾桶旁堆着好几袋生活垃圾，没有人清运"), ("event", "0112", "路面有泥水和树叶，很久没有清扫"),
    ("event", "0113", "机动车道路面破损，坑洞约一平方米"), ("event", "0405", "餐馆把桌椅摆到了人行道上"),
    ("event", "0201", "电线杆和墙面贴满小广告"), ("event", "0401", "流动摊贩占道经营，影响通行"),
    ("event", "0304", "工地土方没有覆盖，扬尘明显"), ("event", "0410", "共享单车堆放占用盲道"),
    ("event", "0136", "人行道上堆放装修材料"), ("event", "0128", "商铺高音喇叭揽客，噪声扰民"),
    ("component", "0103", "雨水井盖破裂，车辆经过有异响"), ("component", "0137", "路灯不亮，晚上看不清路"),
    ("event", "0117", "绿化带里有塑料袋和饮料瓶"), ("event", "0506", "低洼处积水，行人无法通过"),
    ("event", "0101", "楼顶正在搭建彩钢棚"), ("component", "0305", "果皮箱满溢，周边有异味"),
]  # fmt: skip
SOURCES = (
    ("inspector.ums", "patrol"), ("resident1", "public_web"), ("inspector2.ums", "patrol"), ("resident3", "wechat"), ("acceptor.ums", "hotline_12345"),
    ("inspector3.ums", "patrol"), ("resident5", "public_web"), ("acceptor2.ums", "hotline_12319"),
)  # fmt: skip
OPEN_TARGETS = (
    "verifying", "to_register", "to_dispatch", "dispatched", "handling", "dept_confirm", "to_check", "checking", "to_close", "dispatched",
    "handling", "to_dispatch", "handling", "verifying", "to_check",
)  # fmt: skip
ORDER = (
    "verifying",
    "to_register",
    "to_dispatch",
    "dispatched",
    "handling",
    "dept_confirm",
    "to_check",
    "checking",
    "to_close",
    "closed",
)


def tell(cast: Cast) -> None:
    """All stories, oldest first."""
    now = timezone.now()
    for number in range(24):
        _begin(cast, now, hours=24 * 13 - number * 12)
        case = _case(cast, number, "closed")
        if number % 3:
            with cast.acting("acceptor.ums"):
                services.do_resolve_call_back(
                    case.pk, "1234125"[number % 7], "电话回访：问题仍未彻底解决" if "1234125"[number % 7] == "4" else ""
                )
    for hours, story in SPECIAL:
        _begin(cast, now, hours=hours)
        story(cast)
    for number, target in enumerate(OPEN_TARGETS):
        _begin(cast, now, hours=3, minutes=number * 2)
        _case(cast, number + 5, target, quick=True)
    for number in range(9):
        _begin(cast, now, hours=0, minutes=40 - number * 4)
        kind, code, text = THINGS[(number * 3 + 1) % len(THINGS)]
        who, source = SOURCES[(number * 3 + 1) % len(SOURCES)]
        cast.report(
            who,
            source,
            kind,
            code,
            text,
            photos=() if source.startswith("hotline") else ("wide", "close"),
            **_caller(source, number),
        )
    cast.moment = now
    with cast.acting("acceptor.ums"):
        first = cast_pool(cast)
        if first is not None:
            services.do_take(first)
    with scope.system("演示"):
        jobs.mark_overdue()
        jobs.escalate_errands()


def cast_pool(cast: Cast) -> int | None:
    """The oldest waiting report."""
    from zhujian.boards.city_management.command import selectors

    return selectors.pool().values_list("pk", flat=True).first()


def _begin(cast: Cast, now: object, *, hours: int, minutes: int = 0) -> None:
    """Set the story's clock so long ago; by day, in the days past."""
    cast.moment = timezone.localtime(now) - timedelta(hours=hours, minutes=minutes)  # type: ignore[arg-type]
    if hours >= 24:
        cast.moment = cast.moment.replace(hour=9 + cast.moment.hour % 7, minute=cast.random.randrange(60))


def _caller(source: str, number: int) -> dict[str, object]:
    if not source.startswith(("hotline", "public_phone")):
        return {}
    return {"reporter_name": ("张", "李", "王", "陈")[number % 4] + "先生", "reporter_phone": f"1990000{number:04d}", "external_no": f"WH{2600000 + number * 17}",
            "anonymous": number % 3 == 0}  # fmt: skip


def _case(cast: Cast, number: int, target: str, *, quick: bool = False, code: str = "") -> Case:
    """One case as far as `target`; `quick`: minutes between the steps instead of hours."""
    kind, found, text = next((t for t in THINGS if t[1] == code), THINGS[number % len(THINGS)])
    who, source = SOURCES[number % len(SOURCES)]
    if target in ("verifying", "to_register"):
        who, source = SOURCES[1]
    photos = () if source.startswith("hotline") else ("wide", "close")
    report = cast.report(who, source, kind, found, text, photos=photos, **_caller(source, number))
    cast.later(cast.random.randint(2, 9))
    case = cast.accept(report, kind, found)
    return _on(cast, case, found, target, quick)


def _on(cast: Cast, case: Case, code: str, target: str, quick: bool) -> Case:
    while case.state != target and case.is_open and ORDER.index(case.state) < ORDER.index(target):
        cast.later(cast.random.randint(2, 8) if quick else cast.random.randint(5, 50))
        _next(cast, case, code)
    return case


def _next(cast: Cast, case: Case, code: str) -> None:
    """The next step of the straight way."""
    if case.state == "verifying":
        cast.do(case, "true", "现场查看，情况属实", files=[cast.photo("check", code)])
    elif case.state == "to_register":
        cast.do(case, "register")
    elif case.state == "to_dispatch":
        cast.dispatch(case)
    elif case.state == "dispatched":
        cast.do(case, "assign", handler=cast.crew(case).pk)
    elif case.state == "handling":
        cast.do(case, "done", "已处置完毕", files=[cast.photo("before", code), cast.photo("after", code)])
    elif case.state == "dept_confirm":
        cast.do(case, "pass", "处置到位，请核查")
    elif case.state == "to_check":
        cast.do(case, "send")
    elif case.state == "checking":
        cast.do(case, "pass", "现场已恢复", files=[cast.photo("check", code)])
    else:
        cast.do(case, "close", "符合结案条件", who="acceptor2.ums")


# -- what goes wrong ----------------------------------------------------------------------------------------------------------------------


def _overdue(cast: Cast) -> None:
    """Disposed of a day late, closed, and contested."""
    case = _case(cast, 2, "handling", code="0405")
    cast.later(60 * 26)
    case = _on(cast, case, "0405", "closed", True)
    with cast.acting(cast.desk(case)):
        services.do_appeal(case.pk, "overdue", "当日暴雨，作业车辆无法出动，附气象预警")


def _rework(cast: Cast) -> None:
    """Failed its check: back to the same department."""
    case = _case(cast, 5, "checking", code="0136")
    cast.do(case, "fail", "材料只移了位置，没有清走", files=[cast.photo("check", "0136")])


def _returned(cast: Cast) -> None:
    """The department says it is not theirs."""
    case = _case(cast, 0, "dispatched", code="0128")
    cast.later(20)
    cast.do(case, "return", "属住宅装修噪声，应由住建部门处理", reason_code="not_mine")


def _passed_round(cast: Cast) -> Case:
    """Two bodies send it back and forth until there has to be a meeting."""
    case = _case(cast, 0, "dispatched", code="0506")
    for reason in ("管沟归属不清，不属本单位", "仍不属本单位养护范围", "与排水口权属单位意见不一致"):
        if case.returns:
            cast.later(25)
            case = cast.dispatch(case)
        cast.later(35)
        case = cast.do(case, "return", reason, reason_code="not_mine")
    return case


def _to_be_coordinated(cast: Cast) -> None:
    """Waits for its meeting."""
    _passed_round(cast)


def _coordinated(cast: Cast) -> None:
    """The meeting has named who takes it."""
    case = _passed_round(cast)
    offices = [found for code in ("UMB", "WRB") if (found := organisation_for(code, cast.county)) is not None]
    if len(offices) == 2:
        cast.later(90)
        cast.do(
            case, "designate", "经现场踏勘，积水由雨水口堵塞引起，由水务部门主办，城管部门配合交通疏导。", org_code=offices[1].code,
            participants=[one.code for one in offices], held_on=timezone.localdate(cast.moment),
        )  # fmt: skip


def _suspended(cast: Cast) -> None:
    """Cannot be mended now."""
    case = _case(cast, 2, "dispatched", code="0113")
    cast.later(60)
    with cast.acting(cast.desk(case)):
        asked = services.do_suspend_request(
            case.pk,
            until=_day(cast, 45),
            plan="列入下月道路大修计划，先行围护并设警示标志",
            reason="路基下沉，须整体翻修，资金已申报",
        )
    cast.later(30)
    with cast.acting("shift_leader.ums"):
        services.do_suspend_decide(asked.pk, True, "同意，先做好围护")


def _day(cast: Cast, days: int) -> date:
    return timezone.localdate(cast.moment) + timedelta(days=days)


def _extended(cast: Cast) -> None:
    """More time was asked for and given; another request waits."""
    case = _case(cast, 5, "handling", code="0101")
    cast.later(10)
    with cast.acting(cast.desk(case)):
        asked = services.do_extend_request(case.pk, amount=1, reason="当事人不在场，需先送达通知")
    cast.later(10)
    with cast.acting("dispatcher.umc"):
        services.do_extend_decide(asked.pk, True, "同意")
    other = _case(cast, 2, "handling", code="0304")
    with cast.acting(cast.desk(other)):
        services.do_extend_request(other.pk, amount=1, reason="需调用雾炮车，下午到位")


def _supervised(cast: Cast) -> None:
    """The leader wants to know."""
    case = _case(cast, 0, "handling", code="0405")
    with cast.acting("leader.umc"):
        services.do_supervise(case.pk, "3", "学校周边，请今天整治到位并建立长效管理")


def _merged(cast: Cast) -> None:
    """Two people report the same."""
    spot = cast.place()
    first = cast.report("inspector.ums", "patrol", "event", "0110", "小区门口暴露垃圾", at=spot)
    cast.later(5)
    case = cast.accept(first, "event", "0110")
    cast.later(10)
    second = cast.report("resident2", "wechat", "event", "0110", "小区门口垃圾成堆，味道很大", at=spot)
    with cast.acting("acceptor.ums"):
        services.do_take(second.pk)
        services.do_merge(second.pk, case.pk)
    _on(cast, case, "0110", "handling", True)


def _undecided(cast: Cast) -> None:
    """A likely duplicate waits for the acceptor."""
    spot = cast.place()
    case = cast.accept(cast.report("inspector2.ums", "patrol", "event", "0201", "墙面小广告", at=spot), "event", "0201")
    _on(cast, case, "0201", "dispatched", True)
    cast.later(5)
    report = cast.report("resident4", "public_web", "event", "0201", "这面墙又贴满了", at=spot)
    with cast.acting("acceptor2.ums"):
        services.do_take(report.pk)


def _void(cast: Cast) -> None:
    """Looked at, and not true."""
    case = cast.accept(cast.report("resident6", "public_web", "event", "0120", "有人在烧树叶"), "event", "0120")
    cast.later(15)
    cast.do(case, "false", "到场未见焚烧，周边群众称已熄灭", files=[cast.photo("check", "0120")])
    cast.later(5)
    cast.do(case, "refuse", "到场已无问题", reason_code="untrue")
    cast.later(5)
    cast.do(case, "approve", "同意")


def _forced(cast: Cast) -> None:
    """Overtaken by events."""
    case = _case(cast, 5, "handling", code="0136")
    cast.later(600)
    with cast.acting("shift_leader.ums"):
        services.do_force_close(case.pk, "该地块已整体围挡开工，问题不复存在")


def _refused(cast: Cast) -> None:
    """Not the city's business."""
    report = cast.report("resident7", "public_web", "event", "0128", "楼上邻居装修太吵", photos=())
    cast.later(6)
    with cast.acting("acceptor.ums"):
        services.do_refuse(report.pk, "not_in_table", "室内装修噪声请向公安机关或物业反映，电话110")


def _self_handled(cast: Cast) -> None:
    """Put right on the spot."""
    for who, text in (
        ("inspector.ums", "扶正倒伏的共享单车"),
        ("inspector2.ums", "清走路面零星垃圾"),
        ("inspector3.ums", "移开占道的施工锥筒"),
    ):
        cast.report(who, "patrol", "event", "0410", text, photos=("before", "after"), self_handled=True)
        cast.later(30)


def _again(cast: Cast) -> None:
    """It happens again: a new case, linked."""
    case = _case(cast, 0, "closed", code="0401")
    cast.later(60 * 20)
    with cast.acting("inspector3.ums"):
        report = services.do_recur(case.pk, "复查发现摊贩再次占道", [cast.photo("wide", "0401")])
    cast.later(5)
    _on(cast, cast.accept(report, "event", "0401"), "0401", "handling", True)


def _order(cast: Cast) -> None:
    """A superior's order needs no verification."""
    case = cast.accept(
        cast.report("acceptor2.ums", "order", "event", "0112", "区领导批示：会展中心周边保洁须加强", photos=()),
        "event",
        "0112",
        urgent=True,
    )
    _on(cast, case, "0112", "handling", True)


def _duplicate(cast: Cast) -> None:
    """Accepted, and only then found to be the same."""
    spot = cast.place()
    master = cast.accept(cast.report("inspector.ums", "patrol", "event", "0117", "绿地脏乱", at=spot), "event", "0117")
    case = cast.accept(cast.report("resident8", "public_web", "event", "0117", "花坛里都是垃圾", at=spot), "event", "0117")
    with cast.acting("acceptor2.ums"):
        services.do_mark_duplicate(case.pk, master.pk, "与巡查案件为同一处")
    _on(cast, master, "0117", "closed", True)


SPECIAL: tuple[tuple[int, Callable[[Cast], None]], ...] = (
    (240, _overdue), (216, _void), (200, _forced), (190, _suspended), (170, _duplicate), (150, _refused), (120, _self_handled), (96, _again),
    (72, _returned), (30, _rework), (28, _supervised), (6, _extended), (5, _order), (4, _merged), (4, _undecided),
    (50, _coordinated), (26, _to_be_coordinated),
)  # fmt: skip
