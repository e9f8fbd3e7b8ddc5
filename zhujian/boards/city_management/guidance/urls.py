"""Routes of guidance."""

from django.urls import path

from zhujian.boards.city_management.guidance.views import pages

app_name = "guidance"
urlpatterns = [
    path("", pages.home, name="home"),
    path("new/", pages.write, name="new"),
    path("<int:pk>/", pages.article, name="article"),
    path("<int:pk>/edit/", pages.write, name="edit"),
    path("<int:pk>/submit/", pages.submit, name="submit"),
    path("<int:pk>/review/", pages.review, name="review"),
    path("<int:pk>/withdraw/", pages.withdraw, name="withdraw"),
    path("<int:pk>/read/", pages.read, name="read"),
    path("<int:pk>/files/<int:number>", pages.file, name="file"),
    path("public/", pages.public_list, name="public"),
    path("public/<int:pk>/", pages.public_article, name="public_article"),
    path("public/<int:pk>/files/<int:number>", pages.public_file, name="public_file"),
]
