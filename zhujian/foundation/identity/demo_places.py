"""What the demo is made of: regions, departments, firms, names. Data only."""

from __future__ import annotations

PROVINCE, WUHAN, WUCHANG, HONGSHAN = "420000000000", "420100000000", "420106000000", "420111000000"
YICHANG, XILING, YILING = "420500000000", "420502000000", "420506000000"

# authority → (kind, name after the region's)
DEPARTMENTS = {
    "GOV": ("department", "人民政府"),
    "HUD": ("department", "住房和城乡建设局"),
    "DRC": ("department", "发展和改革委员会"),
    "NRP": ("department", "自然资源和规划局"),
    "EEB": ("department", "生态环境局"),
    "CAD": ("department", "国防动员办公室（人民防空办公室）"),
    "WRB": ("department", "水务和湖泊局"),
    "HRS": ("department", "人力资源和社会保障局"),
    "UMB": ("department", "城市管理执法委员会"),
    "GSC": ("department", "政务服务和大数据管理局（政务服务综合窗口）"),
    "QSS": ("institution", "建设工程质量安全监督站"),
    "UCA": ("institution", "城市建设档案馆"),
    "RED": ("institution", "房产与不动产登记中心"),
    "PTC": ("institution", "公共资源交易中心"),
    "UTL": ("institution", "市政公用服务中心"),
}
CITY = tuple(DEPARTMENTS)
COUNTY = ("GOV", "HUD", "DRC", "NRP", "EEB", "UMB", "GSC", "QSS", "WRB", "CAD")
SMALL = ("GOV", "HUD", "DRC", "NRP", "GSC", "QSS")

REGIONS = {
    PROVINCE: ("湖北省", ("GOV", "HUD", "DRC", "NRP", "EEB", "GSC", "CHK")),
    WUHAN: ("武汉市", CITY),
    YICHANG: ("宜昌市", CITY),
    "420600000000": ("襄阳市", CITY),
    "421000000000": ("荆州市", CITY),
    "420200000000": ("黄石市", SMALL),
    "429004000000": ("仙桃市", SMALL),
    WUCHANG: ("武汉市武昌区", COUNTY),
    HONGSHAN: ("武汉市洪山区", COUNTY),
    XILING: ("宜昌市西陵区", COUNTY),
    YILING: ("宜昌市夷陵区", COUNTY),
}
# City management's two bodies: one finds and judges, the other dispatches. Listed apart so that earlier codes stay what they are.
CENTRES = {WUHAN: ("UMS", "UMC"), HONGSHAN: ("UMS", "UMC"), WUCHANG: ("UMS", "UMC")}
DEPARTMENTS["UMS"] = ("institution", "城市管理监督中心")
DEPARTMENTS["UMC"] = ("institution", "城市管理指挥中心")
DEPARTMENTS["CHK"] = ("institution", "建设工程施工图审查中心")
NAMES = {
    ("HUD", PROVINCE): "湖北省住房和城乡建设厅",
    ("NRP", PROVINCE): "湖北省自然资源厅",
    ("EEB", PROVINCE): "湖北省生态环境厅",
    ("GSC", PROVINCE): "湖北省政务服务管理办公室（政务服务综合窗口）",
    ("WRB", YICHANG): "宜昌市水利和湖泊局",
}
STREETS = ("建设大道", "解放路", "中山路", "沿江大道", "发展大道", "民主路", "人民路", "楚天路")

# name, trades, region; firms that also act for an authority are in FIRM_AUTHORITIES
FIRMS = [
    ("湖北楚源置业有限公司", ("DEV",), WUHAN),
    ("武汉江汉朝阳房地产开发有限公司", ("DEV",), WUHAN),
    ("武汉市城建项目建设管理有限公司", ("DEV",), WUHAN),
    ("宜昌峡江城市投资有限公司", ("DEV",), YICHANG),
    ("宜昌夷陵产业园开发有限公司", ("DEV",), YILING),
    ("湖北荆楚建工集团有限公司", ("CON",), WUHAN),
    ("武汉长河建筑工程有限公司", ("CON",), WUCHANG),
    ("宜昌三江建设工程有限公司", ("CON",), YICHANG),
    ("湖北楚天装饰工程有限公司", ("CON",), HONGSHAN),
    ("武汉东湖市政工程有限公司", ("CON",), WUHAN),
    ("武汉信诚建设监理有限公司", ("SUP",), WUHAN),
    ("宜昌正源工程项目管理有限公司", ("SUP",), YICHANG),
    ("湖北云梦建筑设计院有限公司", ("DES",), WUHAN),
    ("宜昌西陵规划建筑设计有限公司", ("DES",), XILING),
    ("武汉地质勘察研究院有限公司", ("SUR",), WUHAN),
    ("宜昌岩土工程勘察有限公司", ("SUR",), YICHANG),
    ("湖北建科工程质量检测有限公司", ("LAB",), WUHAN),
    ("武汉安居物业服务有限公司", ("PMC",), WUHAN),
    ("武汉汉水供水有限公司", ("UTL",), WUHAN),
    ("宜昌清江燃气有限公司", ("UTL",), YICHANG),
]
FIRM_AUTHORITIES: dict[str, tuple[str, ...]] = {}

SURNAMES = list(
    "王李张刘陈杨黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段"
)
GIVEN = list(
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰文斌宇浩然子轩雨涵欣怡志远建国晓峰海燕春梅立新思源博文佳琪嘉诚俊楠雪晴"
)

SPECIAL = [
    ("system_admin", "系统管理员"), ("security_admin", "安全管理员"), ("auditor", "安全审计员"),
    ("process_admin", "流程管理员"), ("parameter_admin", "参数管理员"), ("data_admin", "数据管理员"),
]  # fmt: skip


def staff(authority: str) -> list[tuple[str, list[str]]]:
    """Posts of a department: (title, roles); the login name carries the last role."""
    if authority == "GOV":
        return [("办公室秘书", ["viewer", "reviewer"]), ("分管副职", ["viewer", "approver"])]
    if authority == "GSC":
        return [("综合窗口受理员", ["window"]), ("审批协调科科长", ["viewer", "approver"])]
    posts = [("审批科科员", ["reviewer"]), ("分管负责人", ["reviewer", "approver"])]
    if authority == "HUD":
        posts += [("工程监管科科员", ["viewer", "supervisor"]), ("综合窗口受理员", ["window"]), ("统计员", ["viewer"])]
    if authority == "QSS":
        posts = [("监督员", ["reviewer", "supervisor"]), ("站长", ["reviewer", "approver"])]
    return posts


CENTRE_POSTS: dict[str, list[tuple[str, list[str]]]] = {
    "UMS": [
        *[(f"{name}组监督员", ["viewer", "inspector"]) for name in ("一", "二", "三")],
        ("一号坐席受理员", ["viewer", "acceptor"]),
        ("二号坐席受理员", ["viewer", "acceptor"]),
        ("值班长", ["viewer", "shift_leader"]),
        ("考评员", ["viewer", "assessor"]),
    ],
    "UMC": [
        ("一号派遣员", ["viewer", "dispatcher"]),
        ("二号派遣员", ["viewer", "dispatcher"]),
        ("督查员", ["viewer", "superviser"]),
        ("分管领导", ["viewer", "leader"]),
    ],
}
# Departments that dispose of cases, and the firms of FIRMS (by place in the list) that do.
DISPOSING = ("UMB", "HUD", "WRB", "EEB")
DISPOSING_POSTS = [("案件经办", ["department_desk"]), ("处置一班", ["crew"]), ("处置二班", ["crew"])]
DISPOSING_FIRMS = (9, 18)


def centre_staff() -> list[tuple[str, str, str, list[str], str]]:
    """Posts of city management: (region, authority or ``firm``, title, roles, login name); the second of a kind has a 2."""
    found = []
    for region in CENTRES:
        offices = [*CENTRE_POSTS.items(), *((one, DISPOSING_POSTS) for one in DISPOSING if one in REGIONS[region][1])]
        for authority, posts in offices:
            seen: dict[str, int] = {}
            for title, roles in posts:
                number = seen[roles[-1]] = seen.get(roles[-1], 0) + 1
                login = f"{roles[-1]}{number if number > 1 else ''}.{authority.lower()}.{region[:6]}"
                found.append((region, authority, title, roles, login))
    for firm in DISPOSING_FIRMS:
        found.append(("firm", str(firm), "处置班长", ["crew"], f"crew.firm{firm + 1:02d}"))
    return found


def above(region: str) -> list[str]:
    """Regions over this one, nearest first."""
    found = [region[:4].ljust(12, "0"), PROVINCE]
    return [code for code in found if code != region]


PICKS = [
    ("企业与居民", "dev01", "建设单位经办人（楚源置业）：申报、补正、查进度"),
    ("企业与居民", "con06", "施工单位经办人（荆楚建工）"),
    ("企业与居民", "sup11", "监理单位经办人（信诚监理）"),
    ("企业与居民", "resident1", "居民：办事与查询"),
    ("武汉市", "window.gsc.420100", "政务服务综合窗口：收件"),
    ("武汉市", "reviewer.hud.420100", "市住建局审查人员（另受托审批）"),
    ("武汉市", "approver.hud.420100", "市住建局审批人员"),
    ("武汉市", "reviewer.nrp.420100", "市自然资源和规划局审查人员"),
    ("武汉市", "approver.drc.420100", "市发改委审批人员"),
    ("武汉市", "supervisor.qss.420100", "市质安站监督员"),
    ("数字城管（洪山区）", "inspector.ums.420111", "监督员：巡查上报、核实、核查"),
    ("数字城管（洪山区）", "acceptor.ums.420111", "监督中心受理员：受理、立案、结案"),
    ("数字城管（洪山区）", "shift_leader.ums.420111", "监督中心值班长：审批作废、挂账、延期"),
    ("数字城管（洪山区）", "dispatcher.umc.420111", "指挥中心派遣员"),
    ("数字城管（洪山区）", "department_desk.umb.420111", "专业部门（城管委）经办"),
    ("数字城管（洪山区）", "crew.umb.420111", "城管委处置人员"),
    ("数字城管（洪山区）", "con10", "处置企业（东湖市政）经办人"),
    ("数字城管（洪山区）", "superviser.umc.420111", "指挥中心督查员：督办"),
    ("数字城管（洪山区）", "assessor.ums.420111", "监督中心考评员"),
    ("数字城管（洪山区）", "leader.umc.420111", "城市管理分管领导"),
    ("区县与其他市", "reviewer.hud.420106", "武昌区住建局审查人员：只见本区"),
    ("区县与其他市", "approver.hud.420106", "武昌区住建局负责人（兼代理洪山区）"),
    ("区县与其他市", "approver.hud.420500", "宜昌市住建局审批人员"),
    ("武汉市", "reviewer.umb.420100", "市城管委经办：签收、办理、反馈上级布置的任务"),
    ("省住建厅", "viewer.hud.420000", "省厅统计员：查看全省"),
    ("省住建厅", "supervisor.hud.420000", "省厅监督处：布置任务、审核反馈、现场检查"),
    ("省住建厅", "approver.hud.420000", "省厅负责人：签发通报、应急响应、审核发布"),
    ("省住建厅", "parameter_admin", "参数管理员"),
    ("省住建厅", "process_admin", "流程管理员"),
    ("省住建厅", "data_admin", "数据管理员"),
    ("三员", "system_admin", "系统管理员：账号与单位"),
    ("三员", "security_admin", "安全管理员：岗位与角色"),
    ("三员", "auditor", "安全审计员：日志与权限矩阵"),
]
