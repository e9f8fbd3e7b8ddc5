"""What anyone may see without an account: what the platform is, public progress, certificate verification, guides."""
