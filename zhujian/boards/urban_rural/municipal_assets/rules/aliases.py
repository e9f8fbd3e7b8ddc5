"""Names that fields go by in deliverables of surveys (CJJ 61 result tables, common GIS exports). Data only."""

from __future__ import annotations

ALIASES = {
    "code": ("编号", "编码", "设施编号", "部件标识码", "OBJCODE"),
    "name": ("设施名称", "NAME"),
    "owner_name": ("产权单位", "权属单位", "权属", "所有权单位", "OWNER"),
    "maintainer_name": ("养护单位", "管养单位", "维护单位", "养护管理单位"),
    "regulator_name": ("监管单位", "主管部门", "管理单位"),
    "built_on": ("建设年代", "建成时间", "埋设年代", "建设时间", "敷设日期", "BUILDDATE"),
    "material": ("材料", "管材", "材质", "MATERIAL"),
    "spec": ("规格型号",),
    "status": ("使用状况", "使用状态"),
    "note": ("备注", "REMARK", "MEMO"),
    "region_code": ("行政区划代码", "区划代码", "所在区县"),
    "condition": ("状况", "等级评价"),
    "valid_from": ("生效日期", "入库日期"),
}
POINT_ALIASES = ALIASES | {
    "code": ("管点编号", "物探点号", "管线点号", "点号", "管点号", "图上点号", "EXPNO", "EXP_NO"),
    "kind": ("管线类型", "管类", "管线种类", "PTYPE"),
    "feature": ("特征点", "管点特征", "FEATURE"),
    "attachment": ("附属物", "附属设施", "SUBSID"),
    "ground_elev": ("地面高程", "地面标高", "井口高程", "SURF_H"),
    "bottom_elev": ("井底高程", "管底标高", "管内底高程"),
    "top_elev": ("管顶标高", "管外顶高程"),
    "well_depth": ("井深", "井底深", "WELLDEEP"),
    "cover_type": ("井盖形状", "井盖形式"),
    "source_datum": ("高程系统", "高程基准"),
}
LINE_ALIASES = ALIASES | {
    "code": ("管线编号", "管段编号", "管线段号", "LNO", "PIPEID"),
    "kind": ("管线类型", "管类", "管线种类", "PTYPE"),
    "start": ("起点点号", "起点编号", "起始点号", "起点物探点号", "S_POINT"),
    "end": ("终点点号", "终点编号", "终止点号", "止点点号", "E_POINT", "连接点号"),
    "start_invert": ("起点管底标高", "起点高程", "起点管内底高程", "S_H"),
    "end_invert": ("终点管底标高", "终点高程", "终点管内底高程", "E_H"),
    "start_depth": ("起始埋深", "起点埋深", "S_DEEP"),
    "end_depth": ("终止埋深", "终点埋深", "E_DEEP"),
    "diameter_mm": ("管径", "直径", "口径", "DS", "PSIZE", "D_S"),
    "pressure": ("压力", "压力等级"),
    "voltage_kv": ("电压", "电压值"),
    "holes": ("总孔数", "孔数"),
    "buried_form": ("埋设类型", "敷设方式", "埋设方式", "EMBED"),
    "flow": ("流向", "FLOWDIR"),
    "source_datum": ("高程系统", "高程基准"),
}
