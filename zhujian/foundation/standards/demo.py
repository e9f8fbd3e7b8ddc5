"""Demo data: real standards that the platform's own modules cite, and a few data elements they define.

Numbers, titles and days are those of the published documents; a day that was not at hand is left empty rather than guessed.
"""

from __future__ import annotations

from datetime import date

from zhujian.foundation.standards.models import DataElement, Standard

PROVINCE = "420000000000"

# no, title, class5, mandatory, status, effective, modules
STANDARDS: tuple[tuple[str, str, str, bool, str, str, str], ...] = (
    ("GB 32100-2015", "法人和其他组织统一社会信用代码编码规则", "manage", True, "current", "2015-10-01", "identity"),
    ("GB 11643-1999", "公民身份号码", "manage", True, "current", "1999-07-01", "identity"),
    ("GB/T 2260-2007", "中华人民共和国行政区划代码", "collect", False, "current", "2008-02-01", "regions"),
    ("GB/T 40058-2021", "全国固定资产投资项目代码编码规范", "manage", False, "current", "", "project_management"),
    ("GB/T 30428.1-2013", "数字化城市管理信息系统 第1部分：单元网格", "collect", False, "current", "", "cases"),
    (
        "GB/T 30428.2-2013",
        "数字化城市管理信息系统 第2部分：管理部件和事件",
        "collect",
        False,
        "current",
        "",
        "cases|municipal_assets",
    ),
    ("GB/T 30428.3-2016", "数字化城市管理信息系统 第3部分：地理编码", "collect", False, "current", "", "cases"),
    ("GB/T 30428.4-2016", "数字化城市管理信息系统 第4部分：绩效评价", "manage", False, "current", "", "cases"),
    ("GB/T 30428.6-2017", "数字化城市管理信息系统 第6部分：验收", "manage", False, "current", "", "cases"),
    ("GB/T 30428.7-2017", "数字化城市管理信息系统 第7部分：监管信息采集", "collect", False, "current", "", "cases"),
    ("GB/T 30428.8-2020", "数字化城市管理信息系统 第8部分：立案、处置和结案", "manage", False, "current", "", "cases"),
    ("CJJ/T 312-2021", "城市运行管理服务平台技术标准", "apply", False, "current", "2022-01-01", "cases"),
    ("CJ/T 545-2021", "城市运行管理服务平台数据标准", "collect", False, "current", "2022-01-01", "cases"),
    ("CJJ/T 315-2022", "城市信息模型基础平台技术标准", "apply", False, "current", "2022-06-01", "cim"),
    ("GB/T 51269-2017", "建筑信息模型分类和编码标准", "collect", False, "current", "2018-05-01", "cim"),
    ("GB/T 51301-2018", "建筑信息模型设计交付标准", "collect", False, "current", "2019-06-01", "cim"),
    ("GB/T 51447-2021", "建筑信息模型存储标准", "collect", False, "current", "2022-02-01", "cim"),
    ("JGJ/T 246-2012", "房屋代码编码标准", "collect", False, "current", "2012-06-01", "houses"),
    ("JGJ/T 252-2011", "房地产市场基础信息数据标准", "collect", False, "current", "", "houses"),
    ("JGJ 125-2016", "危险房屋鉴定标准", "apply", True, "current", "2016-12-01", "houses"),
    ("CJJ/T 197-2012", "住房保障基础信息数据标准", "collect", False, "current", "2013-03-01", "housing_security"),
    ("CJJ/T 196-2012", "住房保障信息系统技术规范", "apply", False, "current", "", "housing_security"),
    ("JGJ/T 320-2014", "住房公积金基础数据标准", "collect", False, "current", "", "provident_fund"),
    ("GB/T 22239-2019", "信息安全技术 网络安全等级保护基本要求", "secure", False, "current", "2019-12-01", "kernel"),
    ("GB/T 39786-2021", "信息安全技术 信息系统密码应用基本要求", "secure", False, "current", "2021-10-01", "kernel"),
    ("GB/T 32905-2016", "信息安全技术 SM3密码杂凑算法", "secure", False, "current", "2017-03-01", "kernel|evidence"),
    ("GB/T 32907-2016", "信息安全技术 SM4分组密码算法", "secure", False, "current", "2017-03-01", "kernel"),
    ("GB/T 38540-2020", "信息安全技术 安全电子签章密码技术规范", "secure", False, "current", "2020-10-01", "seals"),
    ("GB/T 33190-2016", "电子文件存储与交换格式 版式文档", "govern", False, "current", "2017-05-01", "documents"),
    ("GB/T 18894-2016", "电子文件归档与电子档案管理规范", "govern", False, "current", "2017-03-01", "documents"),
    ("GB/T 9704-2012", "党政机关公文格式", "manage", False, "current", "2012-07-01", "documents"),
    ("GB/T 36344-2018", "信息技术 数据质量评价指标", "govern", False, "current", "2019-01-01", "catalog"),
    ("GB 55009-2021", "燃气工程项目规范", "apply", True, "current", "2022-01-01", "gas"),
    ("GB 5749-2022", "生活饮用水卫生标准", "apply", True, "current", "2023-04-01", "water"),
    ("GB 50497-2019", "建筑基坑工程监测技术标准", "apply", True, "current", "2020-06-01", "safety"),
    ("JGJ 59-2011", "建筑施工安全检查标准", "apply", True, "current", "2012-07-01", "safety"),
    ("GB/T 51129-2017", "装配式建筑评价标准", "apply", False, "current", "2018-02-01", "prefabrication"),
    ("GB/T 50500-2024", "建设工程工程量清单计价标准", "apply", False, "current", "2025-09-01", "cost"),
    ("GB 1499.2-2024", "钢筋混凝土用钢 第2部分：热轧带肋钢筋", "apply", True, "current", "2024-09-25", "quality"),
)
REPLACED = (
    ("GB 50500-2013", "建设工程工程量清单计价规范", "apply", True, "2013-07-01", "cost", "GB/T 50500-2024"),
    ("GB/T 1499.2-2018", "钢筋混凝土用钢 第2部分：热轧带肋钢筋", "apply", False, "2018-11-01", "quality", "GB 1499.2-2024"),
)
# identifier, name, standard, type, length, definition
ELEMENTS = (
    ("XZQHDM", "行政区划代码", "GB/T 2260-2007", "C", 6, "县级及以上行政区划的数字代码。"),
    ("TYSHXYDM", "统一社会信用代码", "GB 32100-2015", "C", 18, "法人和其他组织的唯一、终身不变的标识。"),
    ("GMSFHM", "公民身份号码", "GB 11643-1999", "C", 18, "公民唯一、终身不变的身份代码，含一位校验码。"),
    ("XMDM", "项目代码", "GB/T 40058-2021", "C", 24, "固定资产投资项目的国家统一代码，含四个连字符。"),
    ("FWDM", "房屋代码", "JGJ/T 246-2012", "C", 25, "房屋在全国范围内的唯一代码。"),
)


def load() -> str:
    """Load standards and data elements (repeatable); returns how many there are."""
    made: dict[str, Standard] = {}
    for no, title, class5, mandatory, status, effective, modules in STANDARDS:
        made[no] = _standard(no, title, class5, mandatory, status, effective, modules)
    for no, title, class5, mandatory, effective, modules, successor in REPLACED:
        made[no] = _standard(no, title, class5, mandatory, "repealed", effective, modules, replaced_by=made[successor])
    for identifier, name, no, data_type, length, definition in ELEMENTS:
        DataElement.objects.get_or_create(
            identifier=identifier, edition=1,
            defaults={
                "name": name, "standard": made[no], "data_type": data_type, "length": length, "definition": definition, "region_code": PROVINCE,
            },
        )  # fmt: skip
    return f"{len(made)} 项标准，{len(ELEMENTS)} 个数据元"


def _standard(
    no: str, title: str, class5: str, mandatory: bool, status: str, effective: str, modules: str, **more: Standard
) -> Standard:
    found, _ = Standard.objects.get_or_create(
        no=no,
        defaults={
            "title": title, "class5": class5, "mandatory": mandatory, "status": status, "level": "national" if no.startswith("GB") else "industry",
            "effective": date.fromisoformat(effective) if effective else None, "scope_modules": modules.split("|"), "region_code": PROVINCE,
            "issuer": "国家市场监督管理总局、国家标准化管理委员会" if no.startswith("GB/T 3") else "", **more,
        },
    )  # fmt: skip
    return found
