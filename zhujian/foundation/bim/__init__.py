"""BIM 审查与入库: IFC models come in, are checked, counted, drawn as tiles, reviewed, archived and put on the city model."""
