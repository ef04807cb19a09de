"""The addresses of the back office."""

from django.urls import path

from postsale.backoffice.entrance import renaming  # noqa: F401 -- listens
from postsale.backoffice.entrance import views as entrance
from postsale.backoffice.partners import views as partners
from postsale.backoffice.people import log as audit_log
from postsale.backoffice.people import views as people
from postsale.backoffice.shop import views as shop

urlpatterns = [
    path("settings/", shop.shop, name="settings_shop"),
    path("settings/mail/", shop.mail, name="settings_mail"),
    path("settings/mail/test/", shop.send_test, name="mail_test"),
    path("settings/mail/preview/", shop.preview, name="mail_preview"),
    path("settings/notices/", shop.notices, name="settings_notices"),
    path("settings/calendar/", shop.calendar, name="settings_calendar"),
    path("settings/calendar/regions/", shop.regions, name="calendar_regions"),
    path("settings/statuses/", shop.statuses, name="settings_statuses"),
    path("settings/members/", people.members, name="settings_members"),
    path("settings/members/invite/", people.invite, name="member_invite"),
    path("settings/members/<uuid:pk>/role/", people.role, name="member_role"),
    path("settings/members/<uuid:pk>/remove/", people.remove, name="member_remove"),
    path("settings/visitors/<uuid:pk>/out/", people.send_out, name="visitor_out"),
    path("settings/invitations/<uuid:pk>/again/", people.invite_again, name="invitation_again"),
    path("settings/invitations/<uuid:pk>/withdraw/", people.withdraw, name="invitation_withdraw"),
    path("settings/keys/", people.api_keys, name="settings_keys"),
    path("settings/keys/<uuid:pk>/revoke/", people.revoke, name="key_revoke"),
    path("settings/audit/", audit_log.audit_log, name="settings_audit"),
    path("settings/audit/export/", audit_log.export, name="audit_export"),
    path("connections/", partners.connections, name="connections"),
    path("connections/new/", partners.choose, name="connection_new"),
    path("connections/new/<slug:partner>/", partners.connect, name="connect"),
    path("connections/<uuid:pk>/", partners.connection, name="connection"),
    path("connections/<uuid:pk>/calls/", partners.calls, name="connection_calls"),
    path("connections/<uuid:pk>/secret/", partners.rotate, name="connection_secret"),
    path("connections/<uuid:pk>/switch/", partners.switch, name="connection_switch"),
    path("connections/<uuid:pk>/remove/", partners.remove, name="connection_remove"),
    path("connections/<uuid:pk>/test/", partners.test_event, name="connection_test"),
    path("connections/<uuid:pk>/replay/", partners.replay_all, name="connection_replay"),
    path("quarantine/<uuid:pk>/", partners.body, name="quarantined"),
    path("quarantine/<uuid:pk>/replay/", partners.replay_one, name="quarantine_replay"),
    path("invitation/<str:token>/", entrance.invitation, name="invitation"),
    path("setup/", entrance.setup, name="setup"),
    path("shops/new/", entrance.new_shop, name="shop_new"),
    path("account/", entrance.account, name="account"),
]
