"""市政设施数据管理: every road, pipe, bridge, lamp and cover of the province, with its bodies, codes, papers and versions."""
