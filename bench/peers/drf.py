"""Django REST framework with simplejwt: rotation and its blacklist app, which access tokens are looked up in, too.

https://django-rest-framework-simplejwt.readthedocs.io: "Blacklist app", "Settings". simplejwt does not revoke access
tokens by itself; its own BlacklistMixin makes them revocable. To its advantage: only the middleware that an API needs,
connections that are kept, pages by cursor, which count nothing.
"""

import os
import sys
from datetime import timedelta
from urllib.parse import urlsplit

import django
from django.conf import settings

url = urlsplit(os.environ["DATABASE_URL"])
SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": url.path,
    # SQLite's own synchronous=FULL stays
    "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": "PRAGMA journal_mode=WAL"},
}
POSTGRESQL = {
    "ENGINE": "django.db.backends.postgresql",
    "NAME": url.path[1:],
    "USER": url.username,
    "HOST": url.hostname,
    "PORT": url.port,
}
settings.configure(
    SECRET_KEY=os.environ["SECRET_KEY"],
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    DATABASES={"default": (SQLITE if url.scheme == "sqlite" else POSTGRESQL) | {"CONN_MAX_AGE": 600}},
    INSTALLED_APPS=[
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "rest_framework",
        "rest_framework_simplejwt.token_blacklist",
        __name__,
    ],
    MIDDLEWARE=["django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"],
    PASSWORD_HASHERS=["django.contrib.auth.hashers.BCryptSHA256PasswordHasher"],  # 12 rounds
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework_simplejwt.authentication.JWTAuthentication"],
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    },
    SIMPLE_JWT={
        "ACCESS_TOKEN_LIFETIME": timedelta(hours=2),
        "REFRESH_TOKEN_LIFETIME": timedelta(days=7),
        "ROTATE_REFRESH_TOKENS": True,
        "BLACKLIST_AFTER_ROTATION": True,
        "AUTH_TOKEN_CLASSES": [f"{__name__}.RevocableAccessToken"],
    },
)
django.setup()

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import connection, models
from django.urls import path
from rest_framework import generics, pagination, serializers, views
from rest_framework.response import Response
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken
from rest_framework_simplejwt.tokens import AccessToken, BlacklistMixin, RefreshToken
from rest_framework_simplejwt.utils import datetime_from_epoch
from rest_framework_simplejwt.views import TokenObtainPairView, TokenRefreshView


class Task(models.Model):
    """Something that its owner wants done."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE)
    title = models.CharField(max_length=200)
    description = models.TextField(default="")
    status = models.CharField(max_length=16, default="todo")
    due_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)


class RevocableAccessToken(BlacklistMixin, AccessToken):
    """An access token that is looked up in the blacklist."""


class UserSerializer(serializers.ModelSerializer):
    """A user as JSON."""

    class Meta:
        """Which fields."""

        model = User
        fields = ["id", "email", "first_name"]


class TaskSerializer(serializers.ModelSerializer):
    """A task as JSON."""

    class Meta:
        """Which fields."""

        model = Task
        fields = ["id", "title", "description", "status", "due_at", "created_at", "updated_at"]


class Newest(pagination.CursorPagination):
    """Pages of twenty, newest first."""

    page_size = 20
    ordering = "-id"


class Me(generics.RetrieveAPIView):
    """The caller."""

    serializer_class = UserSerializer

    def get_object(self):
        """Find the caller."""
        return self.request.user


class Tasks(generics.ListAPIView):
    """The caller's tasks."""

    serializer_class = TaskSerializer
    pagination_class = Newest

    def get_queryset(self):
        """Find them."""
        return Task.objects.filter(owner=self.request.user)


class Logout(views.APIView):
    """The end of an access token."""

    def post(self, request):
        """Revoke it."""
        request.auth.blacklist()
        return Response(status=204)


urlpatterns = [
    path("login", TokenObtainPairView.as_view()),
    path("refresh", TokenRefreshView.as_view()),
    path("logout", Logout.as_view()),
    path("me", Me.as_view()),
    path("tasks", Tasks.as_view()),
]
application = get_wsgi_application()


def prepare():
    """Fill the database and print the tokens of so many sessions, none of them the first user's."""
    users, tasks, sessions = map(int, sys.argv[1:])
    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(Task)
    password = make_password(os.environ["PASSWORD"])
    emails = [f"user{n}@example.com" for n in range(1, users + 1)]
    people = [User(username=each, email=each, first_name=each.split("@")[0], password=password) for each in emails]
    people = User.objects.bulk_create(people, batch_size=1000)
    Task.objects.bulk_create(
        [Task(owner=each, title=f"Task {n}") for n in range(tasks) for each in people], batch_size=1000
    )
    tokens = []
    for n in range(sessions):
        token = RefreshToken()
        token["user_id"] = str(people[n % (users - 1) + 1].id)
        tokens.append(token)
        print(token.access_token, token)
    outstanding = [
        OutstandingToken(
            user_id=int(each["user_id"]),
            jti=each["jti"],
            token=str(each),
            created_at=each.current_time,
            expires_at=datetime_from_epoch(each["exp"]),
        )
        for each in tokens
    ]
    OutstandingToken.objects.bulk_create(outstanding, batch_size=1000)
