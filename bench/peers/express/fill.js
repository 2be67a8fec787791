// Fills the database and prints the tokens of so many sessions, none of them the first user's:
// node fill.js USERS TASKS SESSIONS
"use strict";

const bcrypt = require("bcrypt");
const database = require("./database");
const tokens = require("./tokens");

const [users, tasks, sessions] = process.argv.slice(2).map(Number);
const numbers = (count) => Array.from({ length: count }, (_, n) => n + 1);

(async () => {
  await database.create();
  const hash = bcrypt.hashSync(process.env.PASSWORD, 12);
  await database.fill(
    "INSERT INTO users (id, email, name, password_hash) VALUES ($1, $2, $3, $4)",
    numbers(users).map((n) => [n, `user${n}@example.com`, `User ${n}`, hash]),
  );
  await database.fill(
    "INSERT INTO tasks (owner_id, title) VALUES ($1, $2)",
    numbers(users).flatMap((owner) => numbers(tasks).map((n) => [owner, `Task ${n}`])),
  );
  await database.end();
  const lines = numbers(sessions).map((n) => {
    const { access_token: access, refresh_token: refresh } = tokens.pair(2 + (n % (users - 1)));
    return `${access} ${refresh}\n`;
  });
  process.stdout.write(lines.join(""));
})();
