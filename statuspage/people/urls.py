"""The addresses of signing in and of one's account, all under /admin/ and in front of the admin's own.

The names outside "people:" are those that allauth asks for.
"""

from allauth.account import views as account
from allauth.mfa.base import views as factor
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as app
from allauth.mfa.webauthn import views as passkey
from allauth.socialaccount import views as social
from django.conf import settings
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from statuspage.people import accepting, single, views

PROVIDER = {"provider_id": settings.OIDC_ID}

own = [
    path("account/", views.account, name="account"),
    path("account/sessions/end/", views.end_session, name="end_session"),
    path("invitation/<str:secret>/", accepting.accept, name="accept"),
]

urlpatterns = [
    path("", include((own, "people"))),
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("password_change/", views.ChangePassword.as_view(), name="account_change_password"),
    path("account/inactive/", account.account_inactive, name="account_inactive"),
    path("account/again/", account.reauthenticate, name="account_reauthenticate"),
    path("account/email/", views.ChangeAddress.as_view(), name="account_email"),
    path("account/email/<str:key>/", account.confirm_email, name="account_confirm_email"),
    path("account/password/", account.password_reset, name="account_reset_password"),
    path("account/password/sent/", account.password_reset_done, name="account_reset_password_done"),
    path(
        "account/password/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        # The number of an account ends at the first dash.
        r"^account/password/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("account/factor/", views.Factors.as_view(), name="mfa_index"),
    path("account/factor/code/", factor.authenticate, name="mfa_authenticate"),
    path("account/factor/again/", factor.reauthenticate, name="mfa_reauthenticate"),
    path("account/factor/app/add/", views.AddApp.as_view(), name="mfa_activate_totp"),
    path("account/factor/app/remove/", app.deactivate_totp, name="mfa_deactivate_totp"),
    path("account/factor/codes/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("account/factor/codes/new/", recovery.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("account/factor/codes/file/", recovery.download_recovery_codes, name="mfa_download_recovery_codes"),
    path(
        "account/factor/passkeys/", RedirectView.as_view(pattern_name="mfa_index"), name="mfa_list_webauthn"
    ),
    path("account/factor/passkeys/add/", views.AddPasskey.as_view(), name="mfa_add_webauthn"),
    path(
        "account/factor/passkeys/again/", passkey.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"
    ),
    path("account/factor/passkeys/sign-in/", passkey.login_webauthn, name="mfa_login_webauthn"),
    path("account/factor/passkeys/<int:pk>/name/", passkey.edit_webauthn, name="mfa_edit_webauthn"),
    path("account/factor/passkeys/<int:pk>/remove/", passkey.remove_webauthn, name="mfa_remove_webauthn"),
    path("account/oidc/", single.leave, PROVIDER, name="openid_connect_login"),
    path("account/oidc/back/", single.come_back, PROVIDER, name="openid_connect_callback"),
    path("account/oidc/cancelled/", social.login_cancelled, name="socialaccount_login_cancelled"),
]
