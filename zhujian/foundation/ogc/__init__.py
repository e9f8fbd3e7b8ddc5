"""OGC API Features and Tiles over every resource that declares a layer, and the coordinate tools."""
