"""Messages to people: in the platform always, by SMS where it matters."""
