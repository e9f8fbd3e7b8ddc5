"""Routes of the workflow."""

from django.urls import path

from zhujian.foundation.workflow.views import definitions, instances, lists, tasks

app_name = "workflow"
urlpatterns = [
    path("todo/", lists.todo, name="todo"),
    path("done/", lists.done, name="done"),
    path("supervision/", lists.supervision, name="supervision"),
    path("tasks/<int:pk>/", tasks.detail, name="task"),
    path("tasks/<int:pk>/<slug:name>/", tasks.act, name="task_act"),
    path("instances/<int:pk>/", instances.detail, name="instance"),
    path("instances/<int:pk>/diagram.json", instances.diagram, name="diagram"),
    path("instances/<int:pk>/<slug:name>/", instances.act, name="instance_act"),
    path("definitions/", definitions.index, name="definitions"),
    path("definitions/<int:pk>/", definitions.detail, name="definition"),
    path("definitions/<int:pk>/file", definitions.file, name="definition_file"),
    path("definitions/<int:pk>/diagram.json", definitions.diagram, name="definition_diagram"),
    path("definitions/<int:pk>/edit/", definitions.edit, name="definition_edit"),
    path("definitions/<int:pk>/editor.json", definitions.editor, name="definition_editor"),
    path("definitions/<int:pk>/save", definitions.save, name="definition_save"),
    path("definitions/<int:pk>/publish/", definitions.publish, name="definition_publish"),
    path("definitions/<int:pk>/retire/", definitions.retire, name="definition_retire"),
]
