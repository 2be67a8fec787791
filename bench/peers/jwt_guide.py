"""Flask-JWT-Extended as its guide shows: a blocklist table, a user loader; rotation added, which the guide leaves out.

https://flask-jwt-extended.readthedocs.io: "Automatic User Loading", "JWT Revoking / Blocklist", "Refreshing Tokens".
"""

import os
import sys
from datetime import UTC, datetime, timedelta

import bcrypt
import sqlalchemy as sa
from flask import Flask, jsonify, request
from flask_jwt_extended import (
    JWTManager,
    create_access_token,
    create_refresh_token,
    current_user,
    get_jwt,
    jwt_required,
)
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config["JWT_SECRET_KEY"] = os.environ["SECRET_KEY"]
app.config["JWT_ACCESS_TOKEN_EXPIRES"] = timedelta(hours=2)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"pool_size": 10}  # as many as there are threads
jwt = JWTManager(app)
db = SQLAlchemy(app)


@sa.event.listens_for(sa.Engine, "connect")
def write_ahead(connection, _record):
    """Let readers and the writer pass each other; SQLite's own synchronous=FULL stays."""
    if "sqlite" in type(connection).__module__:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA busy_timeout=20000")


class User(db.Model):
    """Somebody with an account."""

    id = db.Column(db.Integer, primary_key=True)
    email = db.Column(db.Text, nullable=False, unique=True)
    name = db.Column(db.Text, nullable=False)
    password_hash = db.Column(db.Text, nullable=False)

    def check_password(self, password):
        """Whether this is their password."""
        return bcrypt.checkpw(password.encode(), self.password_hash.encode())


class Task(db.Model):
    """Something that its owner wants done."""

    id = db.Column(db.Integer, primary_key=True)
    owner_id = db.Column(db.ForeignKey(User.id), nullable=False, index=True)
    title = db.Column(db.Text, nullable=False)
    description = db.Column(db.Text, nullable=False, default="")
    status = db.Column(db.Text, nullable=False, default="todo")
    due_at = db.Column(db.DateTime)
    created_at = db.Column(db.DateTime, nullable=False, server_default=sa.func.now())
    updated_at = db.Column(db.DateTime, nullable=False, server_default=sa.func.now())


class TokenBlocklist(db.Model):
    """The tokens that count no more."""

    id = db.Column(db.Integer, primary_key=True)
    jti = db.Column(db.String(36), nullable=False, index=True)
    created_at = db.Column(db.DateTime, nullable=False)


@jwt.user_identity_loader
def user_identity(user):
    """The name of a user in a token."""
    return str(user.id)


@jwt.user_lookup_loader
def user_of(_header, claims):
    """The user whom a token names."""
    return User.query.filter_by(id=int(claims["sub"])).one_or_none()


@jwt.token_in_blocklist_loader
def is_revoked(_header, claims):
    """Whether a token was revoked."""
    return db.session.query(TokenBlocklist.id).filter_by(jti=claims["jti"]).scalar() is not None


def revoke():
    """Let the token of this request count no more."""
    db.session.add(TokenBlocklist(jti=get_jwt()["jti"], created_at=datetime.now(UTC)))
    db.session.commit()


def pair(user):
    """Both tokens, as an answer."""
    return jsonify(access_token=create_access_token(identity=user), refresh_token=create_refresh_token(identity=user))


@app.post("/login")
def login():
    """Trade a password for tokens."""
    user = User.query.filter_by(email=request.json.get("email")).one_or_none()
    if not user or not user.check_password(request.json.get("password")):
        return jsonify(msg="Wrong email or password"), 401
    return pair(user)


@app.post("/refresh")
@jwt_required(refresh=True)
def refresh():
    """Trade a refresh token for new tokens; it is spent."""
    revoke()
    return pair(current_user)


@app.delete("/logout")
@jwt_required()
def logout():
    """Revoke the access token."""
    revoke()
    return jsonify(msg="JWT revoked")


@app.get("/me")
@jwt_required()
def me():
    """Show the caller."""
    return jsonify(id=current_user.id, email=current_user.email, name=current_user.name)


@app.get("/tasks")
@jwt_required()
def tasks():
    """List the caller's tasks, newest first."""
    mine = Task.query.filter_by(owner_id=current_user.id).order_by(Task.id.desc()).limit(20)
    return jsonify(items=[show(each) for each in mine])


def show(task):
    """A task as JSON."""
    return {
        "id": task.id,
        "title": task.title,
        "description": task.description,
        "status": task.status,
        "due_at": task.due_at and task.due_at.isoformat(),
        "created_at": task.created_at.isoformat(),
        "updated_at": task.updated_at.isoformat(),
    }


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
    db.session.commit()
    for n in range(sessions):
        user = User(id=n % (users - 1) + 2)
        print(create_access_token(identity=user), create_refresh_token(identity=user))


if __name__ == "__main__":
    with app.app_context():
        prepare(*map(int, sys.argv[1:]))
