"""Routes of the public service."""

from django.urls import path

from zhujian.boards.city_management.public_service.open311 import views as open311
from zhujian.boards.city_management.public_service.views import desk, doors, mine, orders, report, wechat

app_name = "public_service"
urlpatterns = [
    path("", report.home, name="home"),
    path("report/", report.report, name="report"),
    path("report/place/", report.place, name="place"),
    path("report/<str:number>/", report.receipt, name="receipt"),
    path("wechat/", wechat.enter, name="wechat"),
    path("wechat/back/", wechat.back, name="wechat_back"),
    path("nearby/", mine.nearby, name="nearby"),
    path("mine/", mine.mine, name="mine"),
    path("mine/<str:number>/", mine.mine_one, name="mine_one"),
    path("mine/<str:number>/rate/", mine.mine_rate, name="mine_rate"),
    path("rate/<str:token>/", mine.rate, name="rate"),
    path("call-backs/", desk.call_backs_page, name="call_backs"),
    path("call-backs/<int:pk>/", desk.call, name="call"),
    path("satisfaction/", desk.satisfaction, name="satisfaction"),
    path("orders/<int:pk>/", orders.order, name="order"),
    path("orders/<int:pk>/act/", orders.act, name="order_act"),
    path("pushes/<int:pk>/again/", orders.push_again, name="push_again"),
    path("peers/", doors.peers_page, name="peers"),
    path("peers/<int:pk>/stop/", doors.stop, name="peer_stop"),
    path("hotline/orders/", doors.receive, name="hotline_orders"),
    path("sms/replies/", doors.sms_reply, name="sms_reply"),
    path("open311/v2/", open311.root, name="open311_root"),
    path("open311/v2/services/<str:last>", open311.service, name="open311_service"),
    path("open311/v2/requests/<str:last>", open311.service_request, name="open311_request"),
    path("open311/v2/tokens/<str:last>", open311.token, name="open311_token"),
    path("open311/v2/<str:last>", open311.top, name="open311_top"),
    path("open311/<str:last>", open311.discovery, name="open311_discovery"),
]
