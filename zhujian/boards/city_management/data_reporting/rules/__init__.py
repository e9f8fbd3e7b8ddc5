"""Rules of the exchange: what a record must be, which of two wins, when a day's counts agree. Pure."""
