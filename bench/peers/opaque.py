"""Opaque tokens in a table, in the style of microblog-api: Flask-HTTPAuth looks each one up and loads its user.

Left out, to its advantage: microblog-api also notes the time of every request in the user's row.
"""

import os
import secrets
import sys
from datetime import UTC, datetime, timedelta

import bcrypt
import sqlalchemy as sa
from flask import Flask, abort, request
from flask_httpauth import HTTPTokenAuth
from flask_sqlalchemy import SQLAlchemy
from marshmallow import Schema, fields
from sqlalchemy import orm

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"pool_size": 10}  # as many as there are threads
auth = HTTPTokenAuth()


def now():
    """This moment, in UTC, as the columns keep it."""
    return datetime.now(UTC).replace(tzinfo=None)


class Model(orm.DeclarativeBase):
    """What every table is made from."""


db = SQLAlchemy(app, model_class=Model)


@sa.event.listens_for(sa.Engine, "connect")
def write_ahead(connection, _record):
    """Let readers and the writer pass each other; SQLite's own synchronous=FULL stays."""
    if "sqlite" in type(connection).__module__:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA busy_timeout=20000")


class User(db.Model):
    """Somebody with an account."""

    __tablename__ = "users"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    email: orm.Mapped[str] = orm.mapped_column(sa.String(120), index=True, unique=True)
    name: orm.Mapped[str] = orm.mapped_column(sa.String(64))
    password_hash: orm.Mapped[str] = orm.mapped_column(sa.String(128))
    tokens: orm.WriteOnlyMapped["Token"] = orm.relationship(back_populates="user")

    def verify_password(self, password):
        """Whether this is their password."""
        return bcrypt.checkpw(password.encode(), self.password_hash.encode())


class Token(db.Model):
    """A session: an access token and a refresh token."""

    __tablename__ = "tokens"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    access_token: orm.Mapped[str] = orm.mapped_column(sa.String(64), index=True)
    access_expiration: orm.Mapped[datetime]
    refresh_token: orm.Mapped[str] = orm.mapped_column(sa.String(64), index=True)
    refresh_expiration: orm.Mapped[datetime]
    user_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey(User.id), index=True)
    user: orm.Mapped[User] = orm.relationship(back_populates="tokens")

    def expire(self):
        """Let it count no more."""
        self.access_expiration = self.refresh_expiration = now()


class Task(db.Model):
    """Something that its owner wants done."""

    __tablename__ = "tasks"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    owner_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey(User.id), index=True)
    title: orm.Mapped[str]
    description: orm.Mapped[str] = orm.mapped_column(default="")
    status: orm.Mapped[str] = orm.mapped_column(default="todo")
    due_at: orm.Mapped[datetime | None]
    created_at: orm.Mapped[datetime] = orm.mapped_column(default=now)
    updated_at: orm.Mapped[datetime] = orm.mapped_column(default=now)


class UserSchema(Schema):
    """A user as JSON."""

    id = fields.Integer()
    email = fields.String()
    name = fields.String()


class TaskSchema(Schema):
    """A task as JSON."""

    id = fields.Integer()
    title = fields.String()
    description = fields.String()
    status = fields.String()
    due_at = fields.DateTime()
    created_at = fields.DateTime()
    updated_at = fields.DateTime()


user_schema, tasks_schema = UserSchema(), TaskSchema(many=True)


def generated(user_id):
    """The columns of a new session."""
    moment = now()
    return {
        "access_token": secrets.token_urlsafe(),
        "access_expiration": moment + timedelta(hours=2),
        "refresh_token": secrets.token_urlsafe(),
        "refresh_expiration": moment + timedelta(days=7),
        "user_id": user_id,
    }


def pair(user):
    """Begin a session, and answer with its tokens."""
    token = Token(**generated(user.id))
    db.session.add(token)
    db.session.commit()
    return {"access_token": token.access_token, "refresh_token": token.refresh_token}


@auth.verify_token
def user_of(access_token):
    """The user whom a token names."""
    token = db.session.scalar(sa.select(Token).filter_by(access_token=access_token))
    if token and token.access_expiration > now():
        return token.user
    return None


@app.post("/login")
def login():
    """Trade a password for tokens."""
    user = db.session.scalar(sa.select(User).filter_by(email=request.json["email"]))
    if not user or not user.verify_password(request.json["password"]):
        abort(401)
    return pair(user)


@app.put("/refresh")
def refresh():
    """Trade both tokens for new ones; they are spent."""
    token = db.session.scalar(sa.select(Token).filter_by(access_token=request.json["access_token"]))
    if token is None or token.refresh_token != request.json["refresh_token"]:
        abort(401)
    if token.refresh_expiration <= now():
        db.session.execute(sa.delete(Token).where(Token.user_id == token.user_id))
        db.session.commit()
        abort(401)
    token.expire()
    return pair(token.user)


@app.delete("/logout")
@auth.login_required
def logout():
    """End the session of the access token."""
    access_token = auth.get_auth().token
    db.session.scalar(sa.select(Token).filter_by(access_token=access_token)).expire()
    db.session.commit()
    return "", 204


@app.get("/me")
@auth.login_required
def me():
    """Show the caller."""
    return user_schema.dump(auth.current_user())


@app.get("/tasks")
@auth.login_required
def tasks():
    """List the caller's tasks, newest first."""
    mine = sa.select(Task).filter_by(owner_id=auth.current_user().id).order_by(Task.id.desc()).limit(20)
    return {"items": tasks_schema.dump(db.session.scalars(mine))}


def prepare(users, tasks, sessions):
    """Fill the database and print the tokens of so many sessions, none of them the first user's."""
    db.create_all()
    password_hash = bcrypt.hashpw(os.environ["PASSWORD"].encode(), bcrypt.gensalt(12)).decode()
    numbers = range(1, users + 1)
    people = [
        {"id": n, "email": f"user{n}@example.com", "name": f"User {n}", "password_hash": password_hash} for n in numbers
    ]
    db.session.execute(sa.insert(User), people)
    for n in numbers:
        db.session.execute(sa.insert(Task), [{"owner_id": n, "title": f"Task {each}"} for each in range(tasks)])
    rows = [generated(n % (users - 1) + 2) for n in range(sessions)]
    for start in range(0, sessions, 1000):
        db.session.execute(sa.insert(Token), rows[start : start + 1000])
    db.session.commit()
    for row in rows:
        print(row["access_token"], row["refresh_token"])


if __name__ == "__main__":
    with app.app_context():
        prepare(*map(int, sys.argv[1:]))
