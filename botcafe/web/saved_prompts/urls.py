"""Routes of saved prompts."""

from django.urls import path

from botcafe.kit import url_converters  # noqa: F401  (registers <id:...>)
from botcafe.web.saved_prompts import views

app_name = "saved-prompts"
urlpatterns = [
    path("saved-prompts", views.prompts_page, name="prompts"),
    path("saved-prompts/new", views.new_prompt, name="new"),
    path("saved-prompts/choices", views.choices, name="choices"),
    path("saved-prompts/<id:prompt_id>", views.edit_prompt, name="prompt"),
    path("saved-prompts/<id:prompt_id>/delete", views.delete_prompt, name="delete"),
]
