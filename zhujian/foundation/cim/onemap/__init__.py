"""The one map (一张图): its page, search, feature cards, time, classes, basemaps through a proxy, and the printed map."""
