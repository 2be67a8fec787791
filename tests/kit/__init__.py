"""The ground floor: what holds for every route, whatever it is about."""
