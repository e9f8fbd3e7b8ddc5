"""Routes of the module."""

app_name = "command"
urlpatterns: list = []
