"""Routes of the ledger."""

from django.urls import path

from zhujian.foundation.evidence import views

app_name = "evidence"
urlpatterns = [
    path("", views.entries, name="entries"),
    path("<int:pk>", views.entry, name="entry"),
    path("<int:pk>/proof.json", views.proof, name="proof"),
    path("heads", views.heads, name="heads"),
    path("head", views.head, name="head"),
    path("consistency", views.consistency, name="consistency"),
    path("cosign", views.cosign, name="cosign"),
    path("verify_evidence.py", views.verifier, name="verifier"),
    path("evidence_witness.py", views.witness_program, name="witness_program"),
]
