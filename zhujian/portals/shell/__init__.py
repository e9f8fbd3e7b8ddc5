"""The frame around every page: header, menu, person, notices."""
