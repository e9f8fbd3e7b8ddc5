"""What every room stands on: refusals, scope, base models, the module registry, access, check digits."""
