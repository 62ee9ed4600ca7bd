"""Addresses."""

from django.urls import path

from library import views

urlpatterns = [
    path("books/", views.books),
    path("books/<str:isbn>/", views.book),
    path("loans/", views.loans),
    path("reader/", views.reader),
    path("scans/", views.scans),
    path("files/<path:name>", views.files),
    path("export/<int:megabytes>", views.export),
    path("broken/", views.broken),
]
