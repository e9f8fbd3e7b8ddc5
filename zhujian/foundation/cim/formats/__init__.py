"""How the city leaves and enters: GeoPackage, GeoJSON, CityJSON. Writers and readers of bytes; they know no request and no scope."""
