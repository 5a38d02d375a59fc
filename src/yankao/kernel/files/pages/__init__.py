"""/files/: bytes to those who may see their subject; /files/uploads/: files that come in pieces."""

from django.urls import path

from yankao.kernel.files.pages import serving, uploads

app_name = "kernel_files"

urlpatterns = [
    path("files/uploads/", uploads.uploads, name="uploads"),
    path("files/uploads/<slug:token>/", uploads.upload, name="upload"),
    path("files/public/<uuid:key>/", serving.public_copy, name="public"),
    path("files/<uuid:key>/", serving.file, name="file"),
    path("files/<uuid:key>/thumbnail/", serving.thumbnail, name="thumbnail"),
]
