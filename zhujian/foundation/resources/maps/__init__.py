"""Maps of resources with a geometry: grids, vector tiles, thinning far out, the tile cache, drawn shapes and their statistics."""
