"""Routes of supervision."""

from django.urls import path

from zhujian.boards.city_management.supervision.views import fieldwork, incidents, tasks

app_name = "supervision"
urlpatterns = [
    path("", tasks.home, name="home"),
    path("take/", tasks.take, name="take"),
    path("tasks/<int:pk>/urge/", tasks.urge_all, name="task_urge"),
    path("tasks/new/", tasks.new, name="task_new"),
    path("tasks/<int:pk>/", tasks.task, name="task"),
    path("tasks/<int:pk>/edit/", tasks.edit, name="task_edit"),
    path("tasks/<int:pk>/issue/", tasks.issue, name="task_issue"),
    path("tasks/<int:pk>/cancel/", tasks.cancel, name="task_cancel"),
    path("units/<int:pk>/", tasks.unit, name="unit"),
    path("units/<int:pk>/urge/", tasks.urge, name="unit_urge"),
    path("units/<int:pk>/extend/", tasks.extend, name="unit_extend"),
    path("extensions/<int:pk>/", tasks.decide, name="extension"),
    path("circulars/new/", incidents.circular_new, name="circular_new"),
    path("circulars/<int:pk>/", incidents.circular, name="circular"),
    path("circulars/<int:pk>/publish/", incidents.circular_publish, name="circular_publish"),
    path("circulars/<int:pk>/drop/", incidents.circular_drop, name="circular_drop"),
    path("opinions/<int:pk>/", incidents.opinion, name="opinion"),
    *(
        path(f"opinions/<int:pk>/{act}/", incidents.opinion_act, {"act": act}, name=f"opinion_{act}")
        for act in ("judge", "task", "close")
    ),
    path("emergencies/new/", incidents.emergency_new, name="emergency_new"),
    path("emergencies/<int:pk>/", incidents.emergency, name="emergency"),
    path("emergencies/<int:pk>/follow/", incidents.emergency_follow, name="emergency_follow"),
    *(
        path(f"emergencies/<int:pk>/{act}/", incidents.emergency_act, {"act": act}, name=f"emergency_{act}")
        for act in ("respond", "end", "close")
    ),
    path("checks/new/", fieldwork.check_lists, name="check_lists"),
    path("checks/new/<int:pk>/", fieldwork.check_new, name="check_new"),
    path("checks/<int:pk>/", fieldwork.check, name="check"),
    path("findings/<int:pk>/rectify/", fieldwork.rectify, name="rectify"),
    path("findings/<int:pk>/verify/", fieldwork.verify, name="verify"),
    path("consultations/new/", fieldwork.consultation_new, name="consultation_new"),
    path("consultations/<int:pk>/", fieldwork.consultation, name="consultation"),
    *(
        path(f"consultations/<int:pk>/{act}/", fieldwork.consultation_act, {"act": act}, name=f"consultation_{act}")
        for act in ("record", "call_off")
    ),
    path("cameras/<int:pk>/watch/", fieldwork.watch, name="watch"),
]
