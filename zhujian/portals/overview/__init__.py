"""全省总览: projects by place, stage, type and light on a map and in charts; every number leads to its rows and its rule."""
