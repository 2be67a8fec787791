// The same few questions to either database. better-sqlite3 in WAL mode, as its documentation asks; its build has
// synchronous=NORMAL then, which is faster and less safe than what the others run with. pg with its pool.
"use strict";

const columns = (id, time) => `
  CREATE TABLE users (id ${id}, email TEXT NOT NULL UNIQUE, name TEXT NOT NULL, password_hash TEXT NOT NULL);
  CREATE TABLE tasks (id ${id}, owner_id INTEGER NOT NULL REFERENCES users (id), title TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '', status TEXT NOT NULL DEFAULT 'todo', due_at ${time},
    created_at ${time} NOT NULL DEFAULT CURRENT_TIMESTAMP, updated_at ${time} NOT NULL DEFAULT CURRENT_TIMESTAMP);
  CREATE INDEX tasks_owner ON tasks (owner_id);
  CREATE TABLE revoked_tokens (jti TEXT PRIMARY KEY, expires_at INTEGER NOT NULL);`;

const byEmail = "SELECT id, password_hash FROM users WHERE email = $1";
const byId = "SELECT id, email, name FROM users WHERE id = $1";
const tasksOf =
  "SELECT id, title, description, status, due_at, created_at, updated_at FROM tasks " +
  "WHERE owner_id = $1 ORDER BY id DESC LIMIT 20";
const revoked = "SELECT 1 FROM revoked_tokens WHERE jti = $1";
const revoke = "INSERT INTO revoked_tokens (jti, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING";

function sqlite(file) {
  const db = require("better-sqlite3")(file);
  db.pragma("journal_mode = WAL");
  const ready = (text) => db.prepare(text.replace(/\$\d/g, "?"));
  let asked;
  const ask = () =>
    (asked ??= {
      byEmail: ready(byEmail),
      byId: ready(byId),
      tasksOf: ready(tasksOf),
      revoked: ready(revoked),
      revoke: ready(revoke),
    });
  return {
    create: async () => void db.exec(columns("INTEGER PRIMARY KEY", "TEXT")),
    userByEmail: async (email) => ask().byEmail.get(email),
    userById: async (id) => ask().byId.get(id),
    tasksOf: async (id) => ask().tasksOf.all(id),
    isRevoked: async (jti) => ask().revoked.get(jti) !== undefined,
    revoke: async (jti, exp) => ask().revoke.run(jti, exp).changes === 1,
    fill: async (text, rows) => {
      const insert = ready(text);
      db.transaction(() => rows.forEach((row) => insert.run(...row)))();
    },
    end: async () => void db.close(),
  };
}

function postgres(url) {
  const { Pool } = require("pg");
  const pool = new Pool({ connectionString: url });
  const first = async (text, ...values) => (await pool.query(text, values)).rows[0];
  return {
    create: () => pool.query(columns("SERIAL PRIMARY KEY", "TIMESTAMPTZ")),
    userByEmail: (email) => first(byEmail, email),
    userById: (id) => first(byId, id),
    tasksOf: async (id) => (await pool.query(tasksOf, [id])).rows,
    isRevoked: async (jti) => (await first(revoked, jti)) !== undefined,
    revoke: async (jti, exp) => (await pool.query(revoke, [jti, exp])).rowCount === 1,
    fill: async (text, rows) => {
      const client = await pool.connect();
      await client.query("BEGIN");
      for (const row of rows) await client.query({ name: "fill", text, values: row });
      await client.query("COMMIT");
      await client.query("DEALLOCATE fill");
      client.release(true);
    },
    end: () => pool.end(),
  };
}

const url = process.env.DATABASE_URL;
module.exports = url.startsWith("sqlite") ? sqlite(url.replace("sqlite://", "")) : postgres(url);
