"""Routes of the OpenID Connect provider, under the names django-allauth looks them up by (``idp:oidc:…``)."""

from django.urls import include, path

from zhujian.foundation.identity.views import oidc

provider = [
    path(".well-known/openid-configuration", oidc.configuration, name="configuration"),
    path(".well-known/jwks.json", oidc.jwks, name="jwks"),
    path("identity/o/authorize", oidc.authorize, name="authorization"),
    path("identity/o/logout", oidc.end_session, name="logout"),
    path("identity/o/api/token", oidc.token, name="token"),
    path("identity/o/api/revoke", oidc.revoke, name="revoke"),
    path("identity/o/api/userinfo", oidc.user_info, name="userinfo"),
    path("identity/o/api/device/code", oidc.no_device, name="device_code"),
]
app_name = "idp"
urlpatterns = [path("", include((provider, "oidc"), namespace="oidc"))]
