"""Routes of identity; mounted at the root, names without a prefix so that everybody can link to `login` and `account`."""

from django.urls import include, path

from zhujian.foundation.identity.views import account, grants, login, matrix, oidc, people, tokens

urlpatterns = [
    path("login/", login.login, name="login"),
    path("login/second/", login.second, name="login_second"),
    path("login/enrol/", login.enrol, name="login_enrol"),
    path("login/forgotten/", login.forgotten, name="login_forgotten"),
    path("login/demo/", login.demo_login, name="login_demo"),
    path("logout/", login.logout, name="logout"),
    path("account/", account.account, name="account"),
    path("account/post/", account.switch_post, name="switch_post"),
    path("account/password/", account.password, name="account_password"),
    path("account/sessions/end/", account.end_session, name="account_session_end"),
    path("account/second-factor/", account.enrol, name="account_enrol"),
    path("account/security-keys/", account.keys, name="account_keys"),
    path("account/recovery-codes/", account.codes, name="account_codes"),
    path("account/tokens/", tokens.token_list, name="account_tokens"),
    path("account/tokens/<int:pk>/revoke/", tokens.token_revoke, name="account_token_revoke"),
    path("account/delegations/", account.delegations, name="delegations"),
    path("account/delegations/<int:pk>/end/", account.end_delegation, name="delegation_end"),
    path("identity/accounts/", people.account_list, name="identity_accounts"),
    path("identity/accounts/new/", people.account_new, name="identity_account_new"),
    path("identity/accounts/<int:pk>/", people.account_page, name="identity_account"),
    path("identity/accounts/<int:pk>/act/", people.account_act, name="identity_account_act"),
    path("identity/accounts/<int:pk>/reveal/", people.account_reveal, name="identity_account_reveal"),
    path("identity/organisations/", people.organisation_list, name="identity_organisations"),
    path("identity/organisations/new/", people.organisation_edit, name="identity_organisation_new"),
    path("identity/organisations/<int:pk>/", people.organisation_page, name="identity_organisation"),
    path("identity/organisations/<int:pk>/edit/", people.organisation_edit, name="identity_organisation_edit"),
    path("identity/posts/", grants.post_list, name="identity_posts"),
    path("identity/posts/new/", grants.post_new, name="identity_post_new"),
    path("identity/posts/<int:pk>/revoke/", grants.post_revoke, name="identity_post_revoke"),
    path("identity/agents/", grants.agents, name="firm_agents"),
    path("identity/agents/<int:pk>/revoke/", grants.agent_revoke, name="identity_agent_revoke"),
    path("identity/clients/", oidc.clients, name="identity_clients"),
    path("identity/clients/<str:pk>/remove/", oidc.client_remove, name="identity_client_remove"),
    path("", include("zhujian.foundation.identity.oidc_urls")),
    path("access/matrix/", matrix.matrix, name="access_matrix"),
    path("access/matrix.csv", matrix.matrix_csv, name="access_matrix_csv"),
]
